import type { ToldContainer } from './containers';
import type { TaskDefinitions } from './task-definitions';
import type { Findings } from '../findings';
import { parseImageReference } from '../image-reference';

/** A container that may run, and whose digest ECS does not tell (https://github.com/aws/aws-sdk-go-v2/issues/1377). */
export interface UndigestedContainer {
  /** ARN of its task. */
  readonly task: string;
  /** `cluster/service` of a task that a service wants to run. */
  readonly service?: string;
  readonly taskDefinition?: string;
  readonly name?: string;
  /** Absent where only the task definition can tell it. */
  readonly image?: string;
}

const REVISION_ARN = /:service-revision\/([^/]+\/[^/]+)\//;

/** Finds what stays uncertain about containers without a digest, once everything else is read. */
export class Undigested {
  private readonly containers: UndigestedContainer[] = [];
  private readonly revisions = new Map<string, (readonly ToldContainer[])[]>();

  add(container: UndigestedContainer): void {
    this.containers.push(container);
  }

  /** Counts what a service revision that is current resolved its images to: the tasks of a service run that. */
  currentRevision(arn: string, taskDefinition: string, images: readonly ToldContainer[]): void {
    const key = keyOf(REVISION_ARN.exec(arn)?.[1], taskDefinition);
    const revisions = this.revisions.get(key);
    if (revisions) revisions.push(images);
    else this.revisions.set(key, [images]);
  }

  async settle(findings: Findings, definitions: TaskDefinitions): Promise<void> {
    for (const container of this.containers) {
      const { task, taskDefinition, name, image } = container;
      const images = image !== undefined ? [image] : taskDefinition === undefined ? [] : await definitions.imagesOf(taskDefinition, name);
      for (const each of images) {
        if (isPinned(each) || this.isResolved(container, each)) continue;
        findings.doubt(each, `task ${task} runs "${each}", and ECS does not tell its digest: the tag may have moved since`);
      }
    }
  }

  /** Only if all revisions that the task may be of agree that the image is resolved; each of those digests is protected. */
  private isResolved({ service, taskDefinition }: UndigestedContainer, image: string): boolean {
    if (service === undefined || taskDefinition === undefined) return false;
    const revisions = this.revisions.get(keyOf(service, taskDefinition)) ?? [];
    return revisions.length > 0 && revisions.every((images) => images.some((each) => each.image === image && each.digest !== undefined));
  }
}

function isPinned(image: string): boolean {
  const target = parseImageReference(image);
  return target.kind === 'repository' && target.digest !== undefined;
}

function keyOf(service: string | undefined, taskDefinition: string): string {
  return `${service} ${taskDefinition}`;
}
