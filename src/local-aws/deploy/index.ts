/** Deploys a synthesised template to the embedded AWS: as much of it as a run needs. */
import { assetPaths } from './assets';
import { NO_VALUE, resolve, type Scope } from './intrinsics';
import { create, type Created } from './resources';
import type { Json } from '../call';
import type { LocalAws } from '../local-aws';
import type { Credentials, PolicyDocument } from '../principals';
import { DNS_SUFFIXES } from '../world';

export interface DeployOptions {
  readonly stackName: string;
  /** The cloud assembly (`cdk.out`) that holds the assets. */
  readonly assemblyDirectory?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface DeployedResource {
  readonly type: string;
  readonly physicalId: string;
  /** Resolved. */
  readonly properties: Json;
  readonly metadata: Json;
}

export interface DeployedRole {
  readonly logicalId: string;
  readonly arn: string;
  readonly policies: readonly PolicyDocument[];
  /** Credentials of a new session. */
  credentials(): Credentials;
}

export interface DeployedFunction {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly handler?: string;
  readonly runtime?: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Directory or file of the code, when the assembly has it. */
  readonly assetPath?: string;
  readonly role?: DeployedRole;
}

export interface DeployedProject {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly image: string;
  readonly timeoutMinutes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly buildSpec?: string;
  readonly assetPath?: string;
  readonly role?: DeployedRole;
}

export interface DeployedStack {
  readonly stackName: string;
  readonly resources: Readonly<Record<string, DeployedResource>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly roles: readonly DeployedRole[];
  readonly lambdaFunctions: readonly DeployedFunction[];
  readonly codeBuildProjects: readonly DeployedProject[];
}

/** Creates the stack, or updates the one of that name: what has the same logical ID keeps its physical ID. */
export function deployTemplate(aws: LocalAws, template: Json, options: DeployOptions): DeployedStack {
  const before = aws.stacks.get(options.stackName) ?? new Map<string, Created>();
  const created = new Map<string, Created>();
  const resources: Record<string, DeployedResource> = {};
  const underWay = new Set<string>();
  const declared: Json = template.Resources ?? {};

  const deployed = (logicalId: string): Created => {
    const done = created.get(logicalId);
    if (done) return done;
    const resource: Json | undefined = declared[logicalId];
    if (!resource) throw new Error(`the template has no resource, parameter or pseudo parameter ${logicalId}`);
    if (underWay.has(logicalId)) throw new Error(`the resources depend on each other in a circle: ${[...underWay, logicalId].join(' → ')}`);
    underWay.add(logicalId);
    const properties: Json = resolve(resource.Properties ?? {}, scope);
    const result = create(resource.Type, { aws, stackName: options.stackName, logicalId, properties, before: before.get(logicalId) });
    underWay.delete(logicalId);
    created.set(logicalId, result);
    resources[logicalId] = { type: resource.Type, physicalId: result.physicalId, properties, metadata: resource.Metadata ?? {} };
    return result;
  };

  const scope: Scope = {
    ref(name) {
      const pseudo = pseudoParameter(name, aws, options.stackName);
      if (pseudo !== undefined) return pseudo;
      const parameter: Json | undefined = template.Parameters?.[name];
      if (!parameter) return deployed(name).physicalId;
      const value = options.parameters?.[name] ?? (String(parameter.Type).startsWith('AWS::SSM::') ? undefined : parameter.Default);
      if (value === undefined) throw new Error(`the parameter ${name} has no value`);
      return value;
    },
    attribute(logicalId, attribute) {
      const value = deployed(logicalId).attributes[attribute];
      if (value === undefined) throw new Error(`the attribute ${attribute} of ${declared[logicalId]?.Type} is not known`);
      return value;
    },
    condition(name) {
      if (!(name in (template.Conditions ?? {}))) throw new Error(`the template has no condition ${name}`);
      return resolve(template.Conditions[name], scope) === true;
    },
    mapping(map, first, second) {
      const value = template.Mappings?.[map]?.[first]?.[second];
      if (value === undefined) throw new Error(`the template has no mapping ${map}.${first}.${second}`);
      return value;
    },
  };

  for (const [logicalId, resource] of Object.entries<Json>(declared)) {
    if (resource.Condition === undefined || scope.condition(resource.Condition)) deployed(logicalId);
  }
  aws.stacks.set(options.stackName, created);
  const outputs = Object.fromEntries(Object.entries<Json>(template.Outputs ?? {})
    .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
    .map(([name, output]) => [name, resolve(output.Value, scope)]));

  const roles = attachPolicies(aws, resources, created);
  const assets = assetPaths(options.assemblyDirectory);
  return {
    stackName: options.stackName,
    resources,
    outputs,
    roles,
    lambdaFunctions: ofType(resources, 'AWS::Lambda::Function').map(([logicalId, { physicalId, properties, metadata }]) => ({
      logicalId,
      name: physicalId,
      arn: created.get(logicalId)!.attributes.Arn!,
      handler: properties.Handler,
      runtime: properties.Runtime,
      timeoutSeconds: properties.Timeout ?? 3,
      environment: properties.Environment?.Variables ?? {},
      assetPath: assets.get(properties.Code?.S3Key ?? '') ?? metadata['aws:asset:path'],
      role: roles.find(({ arn }) => arn === properties.Role),
    })),
    codeBuildProjects: ofType(resources, 'AWS::CodeBuild::Project').map(([logicalId, { physicalId, properties }]) => ({
      logicalId,
      name: physicalId,
      arn: created.get(logicalId)!.attributes.Arn!,
      image: properties.Environment?.Image,
      timeoutMinutes: properties.TimeoutInMinutes ?? 60,
      environment: Object.fromEntries((properties.Environment?.EnvironmentVariables ?? []).map(({ Name, Value }: Json) => [Name, Value])),
      buildSpec: properties.Source?.BuildSpec,
      assetPath: assets.get(String(properties.Source?.Location ?? '').split('/').slice(1).join('/')),
      role: roles.find(({ arn }) => arn === properties.ServiceRole),
    })),
  };
}

/** Gives each role of the stack what its policies say; managed policies of AWS are left out, so it can do less, never more. */
function attachPolicies(aws: LocalAws, resources: Readonly<Record<string, DeployedResource>>, created: ReadonlyMap<string, Created>): DeployedRole[] {
  const attached = [...ofType(resources, 'AWS::IAM::Policy'), ...ofType(resources, 'AWS::IAM::ManagedPolicy'), ...ofType(resources, 'AWS::IAM::RolePolicy')];
  return ofType(resources, 'AWS::IAM::Role').map(([logicalId, role]) => {
    const arn = created.get(logicalId)!.attributes.Arn!;
    const policies: PolicyDocument[] = [
      ...(role.properties.Policies ?? []).map((policy: Json) => policy.PolicyDocument),
      ...attached
        .filter(([, policy]) => rolesOf(policy).includes(role.physicalId) || role.properties.ManagedPolicyArns?.includes(policy.physicalId))
        .map(([, { properties }]) => properties.PolicyDocument),
    ];
    aws.principals.addRole({ roleName: arn.slice(arn.indexOf(':role/') + ':role/'.length), policies });
    return { logicalId, arn, policies, credentials: () => aws.principals.credentialsForRole(arn) };
  });
}

function rolesOf({ properties }: DeployedResource): string[] {
  return [...properties.Roles ?? [], ...(properties.RoleName ? [properties.RoleName] : [])];
}

function ofType(resources: Readonly<Record<string, DeployedResource>>, type: string): [string, DeployedResource][] {
  return Object.entries(resources).filter(([, resource]) => resource.type === type);
}

function pseudoParameter(name: string, aws: LocalAws, stackName: string): unknown {
  switch (name) {
    case 'AWS::AccountId': return aws.account;
    case 'AWS::Region': return aws.regionName;
    case 'AWS::Partition': return aws.partition;
    case 'AWS::URLSuffix': return DNS_SUFFIXES[aws.partition] ?? 'amazonaws.com';
    case 'AWS::StackName': return stackName;
    case 'AWS::StackId': return aws.at().arn('cloudformation', `stack/${stackName}/00000000-0000-0000-0000-000000000000`);
    case 'AWS::NotificationARNs': return [];
    case 'AWS::NoValue': return NO_VALUE;
    default: return undefined;
  }
}
