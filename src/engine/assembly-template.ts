import type { Identity } from './model';

/** A template, and what its references may be resolved from. */
export interface Scope {
  readonly template: any;
  /** Unknown for a nested stack: CloudFormation makes it up. */
  readonly stackName?: string;
  /** Values that the app gives the stack's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Of a nested stack: where its parameters' values are expressions of. */
  readonly parent?: { readonly scope: Scope; readonly parameters: Readonly<Record<string, unknown>> };
}

export interface Unresolved {
  /** Stands in the text for the value. */
  readonly placeholder: string;
  readonly description: string;
  /** Key under which the value may be given; absent where none would help. */
  readonly parameter?: string;
}

export interface Evaluation {
  readonly value: unknown;
  readonly unresolved: readonly Unresolved[];
}

/** Resources whose `Ref` is their physical name, by the property that sets it: where the template does, it is known before deployment. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::ECR::Repository': 'RepositoryName',
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::S3::Bucket': 'BucketName',
};

const URL_SUFFIXES: Readonly<Record<string, string>> = {
  'aws': 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

/** Evaluates the intrinsic functions that CDK makes of tokens, as CloudFormation would. */
export class TemplateEvaluator {
  /** Keys of the given values that something referred to. */
  readonly used = new Set<string>();
  private readonly unresolved = new Map<string, Unresolved>();

  constructor(private readonly identity: Identity, private readonly given: Readonly<Record<string, string>>) {}

  evaluate(expression: unknown, scope: Scope): Evaluation {
    this.unresolved.clear();
    const value = this.value(expression, scope);
    return { value, unresolved: [...this.unresolved.values()] };
  }

  private value(expression: unknown, scope: Scope): unknown {
    if (Array.isArray(expression)) return expression.map((item) => this.value(item, scope));
    if (expression === null || typeof expression !== 'object') return expression;
    const [name, ...others] = Object.keys(expression);
    const argument = (expression as any)[name!];
    if (others.length > 0) return this.unknown(JSON.stringify(expression), 'an expression of several functions');
    switch (name) {
      case 'Ref': return this.ref(String(argument), scope);
      case 'Fn::GetAtt': return this.attribute(Array.isArray(argument) ? argument.join('.') : String(argument));
      case 'Fn::Join': return this.join(argument, scope);
      case 'Fn::Sub': return this.sub(argument, scope);
      case 'Fn::Split': return this.split(argument, scope);
      case 'Fn::ImportValue': return this.imported(argument, scope);
      case 'Fn::Select': return this.select(argument, scope);
      default: return this.unknown(JSON.stringify(expression), `${name} ${JSON.stringify(argument)}`);
    }
  }

  private ref(name: string, scope: Scope): unknown {
    const given = this.givenValue(name);
    if (given !== undefined) return given;
    const pseudo = this.pseudoParameter(name, scope);
    if (pseudo !== undefined) return pseudo;
    const parameter = scope.template.Parameters?.[name];
    if (parameter !== undefined) return this.parameter(name, parameter, scope);
    const resource = scope.template.Resources?.[name];
    const physicalName = resource?.Properties?.[NAME_PROPERTIES[resource?.Type] ?? ''];
    if (physicalName !== undefined) return this.value(physicalName, scope);
    return this.unknown(name, resource ? `the name of ${name} (${resource.Type})` : name, name);
  }

  private pseudoParameter(name: string, scope: Scope): unknown {
    switch (name) {
      case 'AWS::AccountId': return this.identity.account;
      case 'AWS::Region': return this.identity.region;
      case 'AWS::Partition': return this.identity.partition;
      case 'AWS::URLSuffix': return URL_SUFFIXES[this.identity.partition];
      case 'AWS::StackName': return scope.stackName;
      default: return undefined;
    }
  }

  private parameter(name: string, parameter: any, scope: Scope): unknown {
    const type = String(parameter.Type ?? 'String');
    const isList = /^CommaDelimitedList$|^List</.test(type);
    const asList = (value: unknown) => (isList && typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value);
    if (scope.parent && name in scope.parent.parameters) return asList(this.value(scope.parent.parameters[name], scope.parent.scope));
    // The value of such a parameter is a key of the Parameter Store, not what the template sees.
    if (type.startsWith('AWS::SSM::Parameter::Value')) return this.unknown(name, `the parameter ${name} (${type})`, name);
    if (name in scope.parameters) return asList(scope.parameters[name]);
    if (parameter.Default !== undefined) return asList(parameter.Default);
    return this.unknown(name, `the parameter ${name} (${type}), which has no default`, name);
  }

  private attribute(name: string): unknown {
    return this.givenValue(name) ?? this.unknown(name, `the attribute ${name}`, name);
  }

  private imported(argument: any, scope: Scope): unknown {
    const name = toText(this.value(argument, scope));
    return this.givenValue(name) ?? this.unknown(name, `the export ${name} of another stack`, name);
  }

  private join(argument: any, scope: Scope): unknown {
    if (!Array.isArray(argument) || argument.length !== 2) return this.unknown(JSON.stringify(argument), `Fn::Join ${JSON.stringify(argument)}`);
    const items = this.value(argument[1], scope);
    return Array.isArray(items) ? items.map(toText).join(String(argument[0])) : items;
  }

  private sub(argument: any, scope: Scope): unknown {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return String(text).replace(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, inner: string) => {
      if (literal) return `\${${inner}}`;
      const name = inner.trim();
      if (variables && name in variables) return toText(this.value(variables[name], scope));
      return toText(name.includes('.') ? this.attribute(name) : this.ref(name, scope));
    });
  }

  private split(argument: any, scope: Scope): unknown {
    const text = this.value(argument?.[1], scope);
    // Parts of an unresolved value cannot be told apart: the whole stays.
    return typeof text === 'string' && !this.isUnresolved(text) ? text.split(String(argument[0])) : text;
  }

  private select(argument: any, scope: Scope): unknown {
    const items = this.value(argument?.[1], scope);
    const selected = Array.isArray(items) ? items[Number(this.value(argument[0], scope))] : items;
    return selected ?? this.unknown(JSON.stringify(argument), `Fn::Select ${JSON.stringify(argument)}, which selects nothing`);
  }

  private givenValue(key: string): string | undefined {
    if (!Object.hasOwn(this.given, key)) return undefined;
    this.used.add(key);
    return this.given[key];
  }

  private isUnresolved(text: string): boolean {
    return [...this.unresolved.values()].some(({ placeholder }) => text.includes(placeholder));
  }

  private unknown(key: string, description: string, parameter?: string): string {
    let missing = this.unresolved.get(key);
    if (!missing) {
      missing = { placeholder: `<unresolved:${this.unresolved.size}>`, description, ...(parameter ? { parameter } : {}) };
      this.unresolved.set(key, missing);
    }
    return missing.placeholder;
  }
}

function toText(value: unknown): string {
  return Array.isArray(value) ? value.map(toText).join(',') : String(value);
}
