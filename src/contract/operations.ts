/**
 * The one table of the AWS operations that the engine calls. Its role's policies, the rate limiter, the "which permission is missing"
 * message and the proof that policy and calls are equal all come from it; nothing else spells an IAM action of the engine's.
 *
 * Sources: page sizes and batch limits from the SDK's models; resource types from the Service Authorization Reference; request rates
 * from "Request throttling for the Amazon ECS API", "Amazon ECR service quotas" and "Lambda quotas". A rate that AWS does not
 * publish is left out: adaptive retry finds it.
 */

/** What the operation is needed for. A role gets the parts that its settings use. */
export type Part = 'settings' | 'record' | 'identity' | 'catalogue' | 'usage:ecs' | 'usage:lambda' | 'sweep:container-images';

/** The kind of resource that an IAM action is authorised on; see {@link RESOURCE_ARNS}. */
export type ResourceShape =
  | 'any'
  | 'ecr-repository'
  | 'ecs-task'
  | 'ecs-service'
  | 'ecs-service-deployment'
  | 'ecs-service-revision'
  | 'lambda-function'
  | 'record-bucket'
  | 'record-object'
  | 'hosted-configuration';

/**
 * ARN of each shape. `{partition}`, `{region}`, `{account}` and `{name}` are filled in: with tokens and patterns by the policies,
 * with the values of one call by the embedded AWS.
 */
export const RESOURCE_ARNS: Readonly<Record<ResourceShape, string>> = {
  'any': '*',
  'ecr-repository': 'arn:{partition}:ecr:{region}:{account}:repository/{name}',
  'ecs-task': 'arn:{partition}:ecs:{region}:{account}:task/{name}',
  'ecs-service': 'arn:{partition}:ecs:{region}:{account}:service/{name}',
  'ecs-service-deployment': 'arn:{partition}:ecs:{region}:{account}:service-deployment/{name}',
  'ecs-service-revision': 'arn:{partition}:ecs:{region}:{account}:service-revision/{name}',
  'lambda-function': 'arn:{partition}:lambda:{region}:{account}:function:{name}',
  'record-bucket': 'arn:{partition}:s3:::{name}',
  'record-object': 'arn:{partition}:s3:::{name}/*',
  'hosted-configuration': 'arn:{partition}:appconfig:{region}:{account}:application/{name}',
};

export interface AwsOperation {
  /** The SDK's service ID. */
  readonly service: 'AppConfig' | 'ECR' | 'ECS' | 'Lambda' | 'S3' | 'STS';
  readonly operation: string;
  readonly part: Part;
  /** IAM action that authorises the call; left out where AWS asks for none. */
  readonly action?: string;
  readonly resource: ResourceShape;
  /** It lists: AWS authorises it on all resources of the shape, whatever their names. */
  readonly lists?: true;
  /** Whether it changes anything in the services that the janitor looks after (its own record is not one of them). */
  readonly mutates: boolean;
  /** The largest page that may be asked for. */
  readonly maxPage?: number;
  /** The most items that one call may name. */
  readonly maxBatch?: number;
  /** Published token bucket, per account and region, shared with everyone in the account. */
  readonly rate?: { readonly burst: number; readonly perSecond: number };
}

export const OPERATIONS: readonly AwsOperation[] = [
  { service: 'AppConfig', operation: 'GetHostedConfigurationVersion', part: 'settings', action: 'appconfig:GetHostedConfigurationVersion', resource: 'hosted-configuration', mutates: false },

  { service: 'STS', operation: 'GetCallerIdentity', part: 'identity', resource: 'any', mutates: false },

  { service: 'S3', operation: 'GetObject', part: 'record', action: 's3:GetObject', resource: 'record-object', mutates: false },
  { service: 'S3', operation: 'PutObject', part: 'record', action: 's3:PutObject', resource: 'record-object', mutates: false },
  // Without s3:ListBucket, S3 answers 403 instead of 404 for an object that is not there.
  { service: 'S3', operation: 'ListObjectsV2', part: 'record', action: 's3:ListBucket', resource: 'record-bucket', mutates: false, maxPage: 1000 },

  { service: 'ECR', operation: 'DescribeRepositories', part: 'catalogue', action: 'ecr:DescribeRepositories', resource: 'ecr-repository', lists: true, mutates: false, maxPage: 1000 },
  { service: 'ECR', operation: 'DescribeImages', part: 'catalogue', action: 'ecr:DescribeImages', resource: 'ecr-repository', mutates: false, maxPage: 1000, maxBatch: 100 },
  { service: 'ECR', operation: 'BatchGetImage', part: 'catalogue', action: 'ecr:BatchGetImage', resource: 'ecr-repository', mutates: false, maxBatch: 100, rate: { burst: 2000, perSecond: 2000 } },
  { service: 'ECR', operation: 'BatchDeleteImage', part: 'sweep:container-images', action: 'ecr:BatchDeleteImage', resource: 'ecr-repository', mutates: true, maxBatch: 100 },

  { service: 'ECS', operation: 'ListClusters', part: 'usage:ecs', action: 'ecs:ListClusters', resource: 'any', mutates: false, maxPage: 100, rate: { burst: 50, perSecond: 20 } },
  { service: 'ECS', operation: 'ListTasks', part: 'usage:ecs', action: 'ecs:ListTasks', resource: 'any', mutates: false, maxPage: 100, rate: { burst: 100, perSecond: 20 } },
  { service: 'ECS', operation: 'DescribeTasks', part: 'usage:ecs', action: 'ecs:DescribeTasks', resource: 'ecs-task', mutates: false, maxBatch: 100, rate: { burst: 100, perSecond: 20 } },
  { service: 'ECS', operation: 'ListServices', part: 'usage:ecs', action: 'ecs:ListServices', resource: 'any', mutates: false, maxPage: 100, rate: { burst: 100, perSecond: 20 } },
  { service: 'ECS', operation: 'DescribeServices', part: 'usage:ecs', action: 'ecs:DescribeServices', resource: 'ecs-service', mutates: false, maxBatch: 10, rate: { burst: 100, perSecond: 20 } },
  { service: 'ECS', operation: 'ListServiceDeployments', part: 'usage:ecs', action: 'ecs:ListServiceDeployments', resource: 'ecs-service', mutates: false, maxPage: 100, rate: { burst: 50, perSecond: 20 } },
  { service: 'ECS', operation: 'DescribeServiceDeployments', part: 'usage:ecs', action: 'ecs:DescribeServiceDeployments', resource: 'ecs-service-deployment', mutates: false, maxBatch: 20, rate: { burst: 50, perSecond: 20 } },
  { service: 'ECS', operation: 'DescribeServiceRevisions', part: 'usage:ecs', action: 'ecs:DescribeServiceRevisions', resource: 'ecs-service-revision', mutates: false, maxBatch: 20, rate: { burst: 50, perSecond: 20 } },
  { service: 'ECS', operation: 'ListTaskDefinitions', part: 'usage:ecs', action: 'ecs:ListTaskDefinitions', resource: 'any', mutates: false, maxPage: 100, rate: { burst: 50, perSecond: 20 } },
  { service: 'ECS', operation: 'DescribeTaskDefinition', part: 'usage:ecs', action: 'ecs:DescribeTaskDefinition', resource: 'any', mutates: false, rate: { burst: 50, perSecond: 20 } },

  { service: 'Lambda', operation: 'ListFunctions', part: 'usage:lambda', action: 'lambda:ListFunctions', resource: 'any', mutates: false, maxPage: 50 },
  { service: 'Lambda', operation: 'GetFunction', part: 'usage:lambda', action: 'lambda:GetFunction', resource: 'lambda-function', mutates: false, rate: { burst: 100, perSecond: 100 } },
];

/** The table's row for an operation; undefined for one that the janitor has no business with. */
export function findOperation(service: string, operation: string): AwsOperation | undefined {
  return OPERATIONS.find((row) => row.service === service && row.operation === operation);
}
