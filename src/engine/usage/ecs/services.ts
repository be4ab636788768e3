import { DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import { listServices } from './lists';
import { confirmMissing, forgivingLostCluster } from './lost';
import type { EcsReading } from './reading';
import { readServiceDeployments } from './service-deployments';
import type { UsedRevision } from './service-revisions';
import { describeAll } from '../batch';

/** The task definitions of a cluster's services, and the service revisions that they run or could roll back to. */
export async function readServices(cluster: string, reading: EcsReading): Promise<UsedRevision[]> {
  const { context, findings } = reading;
  const asked = await forgivingLostCluster(cluster, reading, () => listServices(cluster, context));
  if (!asked) return [];
  const missing = new Set<string>();
  const services = await describeAll({
    service: 'ECS',
    operation: 'DescribeServices',
    asked,
    describe: async (arns) => {
      const answer = await context.clients.ecs.send(new DescribeServicesCommand({ cluster, services: arns }));
      return { items: answer.services, failures: answer.failures };
    },
    arn: (service) => service.serviceArn,
    missing: (arn) => missing.add(arn),
  }, findings);

  const revisions: UsedRevision[] = [];
  for (const [arn, service] of services) {
    readService(arn, service, reading);
    for (const { arn: revision } of service.currentServiceRevisions ?? []) {
      if (revision !== undefined) revisions.push({ arn: revision, current: true });
      else findings.problem({ text: `service ${arn} has a current service revision without an ARN in ECS's answer` });
    }
  }
  const deployed = await findings.each(services.values(), (service) => readServiceDeployments(cluster, service, reading));
  await confirmMissing('DescribeServices', missing, cluster, reading, () => listServices(cluster, context));
  return [...revisions, ...deployed.flat()];
}

function readService(arn: string, service: Service, { findings, definitions }: EcsReading): void {
  const consumer = { consumer: arn, consumerKind: 'service' };
  const lacking = missingPart(service);
  if (lacking) findings.problem({ text: `service ${arn} has no ${lacking} in ECS's answer` });
  if (service.taskDefinition !== undefined) definitions.name(service.taskDefinition, consumer);
  for (const deployment of service.deployments ?? []) {
    if (deployment.taskDefinition !== undefined) definitions.name(deployment.taskDefinition, consumer);
    else findings.problem({ text: `deployment ${deployment.id ?? ''} of service ${arn} has no task definition in ECS's answer` });
  }
  for (const taskSet of service.taskSets ?? []) {
    if (taskSet.taskDefinition !== undefined) definitions.name(taskSet.taskDefinition, { consumer: taskSet.taskSetArn ?? arn, consumerKind: 'task set' });
    else findings.problem({ text: `task set ${taskSet.taskSetArn ?? taskSet.id ?? ''} of service ${arn} has no task definition in ECS's answer` });
  }
}

/** What the service must tell, by who deploys it. A service whose task sets an external controller makes has no task definition of its own. */
function missingPart(service: Service): string | undefined {
  if (service.status === 'INACTIVE') return undefined;
  switch (service.deploymentController?.type ?? 'ECS') {
    case 'ECS':
      if (service.taskDefinition === undefined) return 'task definition';
      return service.deployments === undefined ? 'deployments' : undefined;
    case 'CODE_DEPLOY':
    case 'EXTERNAL':
      return service.taskSets === undefined ? 'task sets' : undefined;
    default:
      return `deployment controller that the janitor knows (${service.deploymentController?.type})`;
  }
}
