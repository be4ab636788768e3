import { DescribeTasksCommand, type Container, type Task } from '@aws-sdk/client-ecs';
import { isAddedByEcs } from './containers';
import { listTasks } from './lists';
import { confirmMissing, forgivingLostCluster } from './lost';
import type { EcsReading } from './reading';
import { describeAll } from '../batch';

const DAEMON_ARN = /:(daemon-task-definition\/[^:/]+)/;

/** The images of a cluster's tasks, with the digests that they run. */
export async function readTasks(cluster: string, reading: EcsReading): Promise<void> {
  const { context, findings } = reading;
  const asked = await forgivingLostCluster(cluster, reading, () => listTasks(cluster, context));
  if (!asked) return;
  const missing = new Set<string>();
  const tasks = await describeAll({
    service: 'ECS',
    operation: 'DescribeTasks',
    asked,
    describe: async (arns) => {
      const answer = await context.clients.ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
      return { items: answer.tasks, failures: answer.failures };
    },
    arn: (task) => task.taskArn,
    missing: (arn) => missing.add(arn),
  }, findings);
  for (const [arn, task] of tasks) readTask(cluster, arn, task, reading);

  await confirmMissing('DescribeTasks', missing, cluster, reading, () => listTasks(cluster, context));
}

function readTask(cluster: string, arn: string, task: Task, { findings, definitions, undigested }: EcsReading): void {
  const consumer = { consumer: arn, consumerKind: 'task' };
  const { taskDefinitionArn: taskDefinition } = task;
  const daemon = DAEMON_ARN.exec(taskDefinition ?? '')?.[1];
  const service = serviceOf(cluster, task);
  // ECS says null where it knows nothing.
  const containers = (task.containers ?? []).map((container) => ({
    name: container.name || undefined,
    image: container.image || undefined,
    digest: container.imageDigest || undefined,
    mayRun: mayRun(container, task),
  }));
  for (const container of containers) {
    const { name, image, digest } = container;
    if (image !== undefined) findings.image(consumer, image, digest);
    else if (digest !== undefined) findings.image(consumer, digest);
    if (!container.mayRun || digest !== undefined) continue;
    if (daemon === undefined || image !== undefined) {
      undigested.add({ task: arn, service, taskDefinition, name, image });
    } else if (!isAddedByEcs(container)) {
      findings.problem({ text: `daemon task ${arn} does not tell the image of "${name ?? 'a container'}"` });
    }
  }
  if (daemon !== undefined) {
    // Its definition is none that DescribeTaskDefinition knows.
    findings.note(`daemons are read only through their running tasks: ${daemon}`);
    if (containers.length === 0 && task.lastStatus !== 'STOPPED') findings.problem({ text: `daemon task ${arn} does not tell its containers` });
    return;
  }
  if (containers.length === 0 && task.lastStatus === 'RUNNING') {
    findings.problem({ text: `task ${arn} runs, and ECS does not tell its containers` });
  }
  if (taskDefinition === undefined) {
    findings.problem({ text: `task ${arn} has no task definition in ECS's answer` });
    return;
  }
  definitions.name(taskDefinition, { ...consumer, containers, past: task.lastStatus === 'STOPPED' });
}

/** What waits pulls its tag later, and the tag is protected; a status that is not told, or not known, is no proof of either. */
function mayRun(container: Container, task: Task): boolean {
  return !['PROVISIONING', 'PENDING', 'STOPPED'].includes(container.lastStatus ?? task.lastStatus ?? '');
}

/** Not of a task that its service drains: that may be of a revision which is current no more. */
function serviceOf(cluster: string, { group, desiredStatus }: Task): string | undefined {
  if (desiredStatus !== 'RUNNING' || !group?.startsWith('service:')) return undefined;
  return `${cluster.slice(cluster.lastIndexOf('/') + 1)}/${group.slice('service:'.length)}`;
}
