import { DescribeServiceRevisionsCommand, type ServiceRevision } from '@aws-sdk/client-ecs';
import type { ToldContainer } from './containers';
import type { EcsReading } from './reading';
import { describeAll } from '../batch';

export interface UsedRevision {
  /** Of the service revision. */
  readonly arn: string;
  /** Whether the service runs it, or may without being asked; else it is one that it could be rolled back to. */
  readonly current: boolean;
}

/** The digests that service revisions resolved their images to, whoever moved the tags since. */
export async function readServiceRevisions(used: readonly UsedRevision[], reading: EcsReading): Promise<void> {
  const { context, findings } = reading;
  const current = new Map<string, boolean>();
  for (const revision of used) current.set(revision.arn, revision.current || (current.get(revision.arn) ?? false));

  // Not kept from one reading to the next: ECS fills a revision's images in as it resolves them, and twenty cost one call.
  const revisions = await describeAll({
    service: 'ECS',
    operation: 'DescribeServiceRevisions',
    asked: [...current.keys()],
    describe: async (arns) => {
      const answer = await context.clients.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }));
      return { items: answer.serviceRevisions, failures: answer.failures };
    },
    arn: (revision) => revision.serviceRevisionArn,
  }, findings);
  for (const [arn, revision] of revisions) readRevision(arn, revision, current.get(arn) ?? true, reading);
}

function readRevision(arn: string, revision: ServiceRevision, current: boolean, reading: EcsReading): void {
  const { taskDefinition } = revision;
  // An image without a digest is resolved by tag whenever a task starts (version consistency is off, or none started yet); the
  // task definition names it.
  const images = (revision.containerImages ?? []).map(({ containerName, image, imageDigest }) => ({
    name: containerName,
    image: image ?? imageDigest,
    digest: imageDigest,
  }));
  if (taskDefinition === undefined) {
    reading.findings.problem({ text: `service revision ${arn} has no task definition in ECS's answer` });
  }
  record(arn, current, taskDefinition, images, reading);
}

function record(
  arn: string,
  current: boolean,
  taskDefinition: string | undefined,
  images: readonly ToldContainer[],
  { findings, definitions, undigested }: EcsReading,
): void {
  const consumer = { consumer: arn, consumerKind: 'service revision' };
  for (const { image, digest } of images) {
    if (image !== undefined) findings.image(consumer, image, digest);
    else findings.problem({ text: `service revision ${arn} has a container image without image and digest in ECS's answer` });
  }
  if (taskDefinition === undefined) return;
  definitions.name(taskDefinition, { ...consumer, past: !current, containers: images });
  if (current) undigested.currentRevision(arn, taskDefinition, images);
}
