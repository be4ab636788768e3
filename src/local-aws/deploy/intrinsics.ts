/** Resolves a template's values as CloudFormation does. What it does not know is an error, not a guess. */
import type { Json } from '../call';

export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): unknown;
}

/** `AWS::NoValue`: the property is not there. */
export const NO_VALUE = Symbol('AWS::NoValue');

export function resolve(value: unknown, scope: Scope): any {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value);
  const [only] = keys;
  if (keys.length === 1 && only !== undefined && (only === 'Ref' || only === 'Condition' || only.startsWith('Fn::'))) {
    const argument = (value as Json)[only];
    const intrinsic = INTRINSICS[only];
    // A policy statement has a `Condition` too, whose value is no name.
    if (only !== 'Condition' || typeof argument === 'string') {
      if (!intrinsic) throw new Error(`the intrinsic function ${only} is not known: ${JSON.stringify(value)}`);
      return intrinsic(argument, scope);
    }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]).filter(([, item]) => item !== NO_VALUE));
}

const INTRINSICS: Readonly<Record<string, (argument: any, scope: Scope) => unknown>> = {
  'Ref': (name: string, scope) => scope.ref(name),
  'Condition': (name: string, scope) => scope.condition(name),
  'Fn::GetAtt': (argument: string | [string, unknown], scope) => {
    const [logicalId, attribute] = typeof argument === 'string' ? splitOnce(argument) : argument;
    return scope.attribute(logicalId!, String(resolve(attribute, scope)));
  },
  'Fn::Join': ([separator, items]: [string, unknown], scope) => {
    const parts = resolve(items, scope);
    if (!Array.isArray(parts)) throw new Error(`Fn::Join needs a list: ${JSON.stringify(items)}`);
    return parts.map(text).join(separator);
  },
  'Fn::Sub': (argument: string | [string, Json], scope) => {
    const [template, variables] = typeof argument === 'string' ? [argument, {} as Json] : argument;
    return template.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return text(resolve(variables[name], scope));
      if (!name.includes('.')) return text(scope.ref(name));
      const [logicalId, attribute] = splitOnce(name);
      return text(scope.attribute(logicalId!, attribute!));
    });
  },
  'Fn::Select': ([index, items]: [unknown, unknown], scope) => {
    const list = resolve(items, scope);
    const position = Number(resolve(index, scope));
    if (!Array.isArray(list) || list[position] === undefined) throw new Error(`Fn::Select finds nothing at ${position} of ${JSON.stringify(list)}`);
    return list[position];
  },
  'Fn::Split': ([separator, source]: [string, unknown], scope) => text(resolve(source, scope)).split(separator),
  'Fn::Base64': (argument, scope) => Buffer.from(text(resolve(argument, scope))).toString('base64'),
  'Fn::FindInMap': ([map, first, second]: unknown[], scope) =>
    scope.mapping(text(resolve(map, scope)), text(resolve(first, scope)), text(resolve(second, scope))),
  'Fn::If': ([condition, then, otherwise]: [string, unknown, unknown], scope) => resolve(scope.condition(condition) ? then : otherwise, scope),
  'Fn::Equals': ([left, right]: unknown[], scope) => text(resolve(left, scope)) === text(resolve(right, scope)),
  'Fn::And': (conditions: unknown[], scope) => conditions.every((condition) => resolve(condition, scope) === true),
  'Fn::Or': (conditions: unknown[], scope) => conditions.some((condition) => resolve(condition, scope) === true),
  'Fn::Not': ([condition]: unknown[], scope) => resolve(condition, scope) !== true,
};

function text(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`not a string: ${typeof value === 'symbol' ? 'AWS::NoValue' : JSON.stringify(value)}`);
}

function splitOnce(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
