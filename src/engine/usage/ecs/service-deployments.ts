import {
  DescribeServiceDeploymentsCommand, ListServiceDeploymentsCommand, type Service, type ServiceDeployment, type ServiceDeploymentBrief,
} from '@aws-sdk/client-ecs';
import { listServices } from './lists';
import type { EcsReading } from './reading';
import type { UsedRevision } from './service-revisions';
import { ALL_REVISIONS } from '../../../contract/settings';
import { paginate } from '../../aws/paginate';
import { AwsCallError } from '../../aws/problems';
import { describeAll } from '../batch';

/** Those that settled the service on one revision, which is among its current ones. */
const SETTLED = new Set<string | undefined>(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL']);
const UNDER_WAY = new Set<string | undefined>(['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']);

/**
 * The revisions that a service's deployments are under way between, and those that it could be rolled back to: the targets of its
 * newest successful deployments, as many as task definition revisions count per family, but never none, because ECS itself goes
 * back to the newest.
 */
export async function readServiceDeployments(cluster: string, service: Service, reading: EcsReading): Promise<UsedRevision[]> {
  const { context, findings } = reading;
  if (service.status === 'INACTIVE') return [];
  const deployments = await listServiceDeployments(cluster, service, reading);
  const count = context.settings.usage.ecs.taskDefinitionRevisions;
  const successful = deployments.filter((deployment) => deployment.status === 'SUCCESSFUL').sort((a, b) => startOf(b) - startOf(a));
  const revisions: UsedRevision[] = [];
  for (const deployment of count === ALL_REVISIONS ? successful : successful.slice(0, Math.max(count, 1))) {
    use(deployment.targetServiceRevisionArn, false, `deployment ${deployment.serviceDeploymentArn}`);
  }

  const asked: string[] = [];
  for (const { status, serviceDeploymentArn } of deployments) {
    if (SETTLED.has(status)) continue;
    if (serviceDeploymentArn !== undefined) asked.push(serviceDeploymentArn);
    else findings.problem({ text: `service ${service.serviceArn} has a deployment under way without an ARN in ECS's answer` });
  }
  const unsettled = await describeAll({
    service: 'ECS',
    operation: 'DescribeServiceDeployments',
    asked,
    describe: async (arns) => {
      const answer = await context.clients.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }));
      return { items: answer.serviceDeployments, failures: answer.failures };
    },
    arn: (deployment) => deployment.serviceDeploymentArn,
  }, findings);
  for (const [arn, deployment] of unsettled) {
    const current = !hasFinished(deployment);
    use(deployment.targetServiceRevision?.arn, current, `deployment ${arn}`);
    for (const source of deployment.sourceServiceRevisions ?? []) use(source.arn, current, `a source of deployment ${arn}`);
    if (deployment.rollback) use(deployment.rollback.serviceRevisionArn, current, `the rollback of deployment ${arn}`);
  }
  return revisions;

  function use(arn: string | undefined, current: boolean, whose: string): void {
    if (arn !== undefined) revisions.push({ arn, current });
    else findings.problem({ text: `${whose} has no service revision in ECS's answer` });
  }
}

/** Whatever a status of a later version of ECS may mean, one that has not finished may still move tasks. */
function hasFinished({ status, finishedAt }: ServiceDeployment): boolean {
  return status === 'ROLLBACK_FAILED' || (finishedAt != null && !UNDER_WAY.has(status));
}

async function listServiceDeployments(cluster: string, service: Service, reading: EcsReading): Promise<ServiceDeploymentBrief[]> {
  const { ecs } = reading.context.clients;
  try {
    return await paginate({
      service: 'ECS',
      operation: 'ListServiceDeployments',
      page: (nextToken) => ecs.send(new ListServiceDeploymentsCommand({ cluster, service: service.serviceArn, nextToken, maxResults: 100 })),
      items: (page) => page.serviceDeployments,
      token: (page) => page.nextToken,
    });
  } catch (thrown) {
    if (hasNone(service, thrown)) return [];
    // Deleted since it was described: a listing made afterwards lacks it then.
    if (isLost(thrown) && !(await listServices(cluster, reading.context)).includes(service.serviceArn!)) return [];
    throw thrown;
  }
}

/** Only ECS's own controller makes service deployments. The others keep their state in task sets, which are read. */
function hasNone(service: Service, thrown: unknown): boolean {
  const controller = service.deploymentController?.type;
  return (controller === 'CODE_DEPLOY' || controller === 'EXTERNAL')
    && thrown instanceof AwsCallError && (thrown.code === 'UnsupportedFeatureException' || thrown.code === 'InvalidParameterException');
}

function isLost(thrown: unknown): boolean {
  return thrown instanceof AwsCallError && (thrown.code === 'ServiceNotFoundException' || thrown.code === 'ServiceNotActiveException');
}

/** One without a time counts as the newest. */
function startOf(deployment: ServiceDeploymentBrief): number {
  return (deployment.createdAt ?? deployment.startedAt)?.getTime() ?? Number.MAX_SAFE_INTEGER;
}
