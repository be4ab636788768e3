import { DescribeTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { listTasks } from './lists';
import { confirmMissing, forgivingLostCluster } from './lost';
import type { EcsReading } from './reading';
import { describeAll } from '../batch';
import { parseImageReference } from '../image-reference';
import type { UsageContext } from '../source';

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
  for (const [arn, task] of tasks) readTask(arn, task, reading);

  await confirmMissing('DescribeTasks', missing, cluster, reading, () => listTasks(cluster, context));
}

function readTask(arn: string, task: Task, { context, findings, definitions }: EcsReading): void {
  const consumer = { consumer: arn, consumerKind: 'task' };
  const containers = task.containers ?? [];
  let knowsImages = containers.length > 0;
  for (const container of containers) {
    if (container.image !== undefined) {
      findings.image(consumer, container.image, container.imageDigest);
    } else {
      knowsImages = false;
      if (container.imageDigest !== undefined) findings.image(consumer, container.imageDigest);
    }
    if (container.lastStatus === 'RUNNING' && !container.imageDigest && !isKnown(container.image, context)) {
      findings.problem({ text: `task ${arn} runs "${container.image ?? container.name ?? 'a container'}", and ECS does not tell its digest: the tag may have moved since` });
    }
  }
  if (containers.length === 0 && task.lastStatus === 'RUNNING') {
    findings.problem({ text: `task ${arn} runs, and ECS does not tell its containers` });
  }
  if (task.taskDefinitionArn === undefined) {
    findings.problem({ text: `task ${arn} has no task definition in ECS's answer` });
    return;
  }
  definitions.name(task.taskDefinitionArn, { ...consumer, knowsImages, past: task.lastStatus === 'STOPPED' });
}

/** Whether the name alone says what runs, or that it is none of this registry's. */
function isKnown(image: string | undefined, { identity }: UsageContext): boolean {
  // A container without an image is one that ECS adds itself, or one of a task whose definition names it.
  if (image === undefined) return false;
  const target = parseImageReference(image);
  if (target.kind !== 'repository') return true;
  return target.digest !== undefined || target.registry !== identity.account || target.region !== identity.region;
}
