/** What a call needs: the IAM action and the ARNs that it is authorised on, with the condition keys that AWS fills in. */
import type { Call, Json, ServiceName } from './call';
import { findOperation, RESOURCE_ARNS, type ResourceShape } from '../contract/operations';

export interface RequiredPermission {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** Operations beyond the table: what fills an account and what consumers call. Everything else is `service:Operation` on `*`. */
const BEYOND_THE_TABLE: Readonly<Record<string, { action?: string; resource: ResourceShape }>> = {
  'ECR CreateRepository': { resource: 'ecr-repository' },
  'ECR PutImage': { resource: 'ecr-repository' },
  'ECR ListImages': { resource: 'ecr-repository' },
  // There is no action of its own.
  'ECR ListImageReferrers': { action: 'ecr:BatchGetImage', resource: 'ecr-repository' },
  'ECR UpdateImageStorageClass': { resource: 'ecr-repository' },
  'ECR GetDownloadUrlForLayer': { resource: 'ecr-repository' },
  'ECR ListTagsForResource': { resource: 'ecr-repository' },
  'ECR TagResource': { resource: 'ecr-repository' },
  'ECS CreateService': { resource: 'ecs-service' },
  'ECS UpdateService': { resource: 'ecs-service' },
  'ECS StopTask': { resource: 'ecs-task' },
  'Lambda CreateFunction': { resource: 'lambda-function' },
  'Lambda UpdateFunctionCode': { resource: 'lambda-function' },
  'Lambda PublishVersion': { resource: 'lambda-function' },
  'Lambda CreateAlias': { resource: 'lambda-function' },
  'Lambda ListVersionsByFunction': { resource: 'lambda-function' },
  'S3 HeadObject': { action: 's3:GetObject', resource: 'record-object' },
  'S3 DeleteObject': { resource: 'record-object' },
  'S3 HeadBucket': { action: 's3:ListBucket', resource: 'record-bucket' },
  'S3 CreateBucket': { resource: 'record-bucket' },
};

/** Never authorised by policy. */
const FREE = new Set(['STS GetCallerIdentity']);

const PREFIXES: Readonly<Record<ServiceName, string>> = { AppConfig: 'appconfig', ECR: 'ecr', ECS: 'ecs', Lambda: 'lambda', S3: 's3', STS: 'sts' };

export function requiredPermissions(call: Call): RequiredPermission[] {
  const key = `${call.service} ${call.operation}`;
  if (FREE.has(key)) return [];
  const row = findOperation(call.service, call.operation) ?? BEYOND_THE_TABLE[key] ?? { resource: 'any' as const };
  const action = row.action ?? `${PREFIXES[call.service]}:${call.operation}`;
  const context = { 'aws:PrincipalArn': call.principal.roleArn, 'aws:PrincipalAccount': call.principal.account, 'aws:ResourceAccount': call.region.place.account };
  if (key === 'STS AssumeRole') return [{ action, resource: String(call.input.RoleArn), context }];
  return arns(row.resource, call).map((resource) => ({ action, resource, context: { ...context, ...contextOf(call, resource) } }));
}

function arns(shape: ResourceShape, { input, region }: Call): string[] {
  const { place } = region;
  const arn = (name: string) => {
    if (name.startsWith('arn:')) return name;
    return RESOURCE_ARNS[shape].replace('{partition}', place.partition).replace('{region}', place.region).replace('{account}', place.account).replace('{name}', () => name);
  };
  const cluster = String(input.cluster ?? 'default').split('/').pop();
  switch (shape) {
    case 'any': return ['*'];
    case 'ecr-repository': {
      const names: string[] = input.repositoryNames ?? [input.repositoryName ?? input.resourceArn ?? '*'];
      return names.map((name) => arn(input.registryId && name !== '*' ? `arn:${place.partition}:ecr:${place.region}:${input.registryId}:repository/${name}` : name));
    }
    case 'ecs-task': return list(input.tasks ?? input.task).map((task) => arn(task.startsWith('arn:') ? task : `${cluster}/${task}`));
    case 'ecs-service': return list(input.services ?? input.service ?? input.serviceName).map((service) => arn(service.startsWith('arn:') ? service : `${cluster}/${service}`));
    case 'ecs-service-deployment': return list(input.serviceDeploymentArns).map(arn);
    case 'ecs-service-revision': return list(input.serviceRevisionArns).map(arn);
    case 'lambda-function': {
      const function_ = arn(String(input.FunctionName).replace(/^\d{12}:function:/, ''));
      return [input.Qualifier ? `${function_}:${input.Qualifier}` : function_];
    }
    case 'record-bucket': return [arn(input.Bucket)];
    case 'record-object': return [RESOURCE_ARNS[shape].replace('{partition}', place.partition).replace('{name}/*', () => `${input.Bucket}/${input.Key}`)];
    case 'hosted-configuration': {
      // The action is authorised on all three.
      const application = arn(input.ApplicationId);
      const profile = `${application}/configurationprofile/${input.ConfigurationProfileId}`;
      return [application, profile, `${profile}/hostedconfigurationversion/${input.VersionNumber}`];
    }
  }
}

function list(value: unknown): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function contextOf({ service, input, region }: Call, resource: string): Record<string, string> {
  if (service === 'ECR') {
    const tags = region.ecr.repositories.get(resource.split(':repository/')[1] ?? '')?.tags ?? new Map<string, string>();
    return Object.fromEntries([...tags].flatMap(([key, value]) => [[`aws:ResourceTag/${key}`, value], [`ecr:ResourceTag/${key}`, value]]));
  }
  if (service === 'ECS' && (input.cluster || input.tasks || input.services)) {
    const cluster = String(input.cluster ?? 'default');
    return { 'ecs:cluster': cluster.startsWith('arn:') ? cluster : region.arn('ecs', `cluster/${cluster}`) };
  }
  if (service === 'S3' && (input as Json).prefix !== undefined) return { 's3:prefix': input.prefix };
  return {};
}
