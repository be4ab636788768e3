import { DescribeTaskDefinitionCommand, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { ALL_REVISIONS } from '../../../contract/settings';
import { paginate } from '../../aws/paginate';
import { AwsCallError, toProblem, unusable } from '../../aws/problems';
import type { Consumer, Findings } from '../findings';
import { select } from '../selection';
import type { UsageContext } from '../source';

/** Who named a task definition. */
export interface Namer extends Consumer {
  /**
   * It starts nothing more from the task definition, and told the image of every container itself: a task that stopped, a revision
   * that its service has left.
   */
  readonly past?: boolean;
  /** It told its images itself, with digests: the task definition's names would only repeat them. */
  readonly knowsImages?: boolean;
}

const REVISION_ARN = /^arn:[^:]+:ecs:[^:]*:[^:]*:task-definition\/([^:/]+):([0-9]+)$/;

/** The images of task definition revisions: of the newest of each family, and of each that anything names, active or not. */
export class TaskDefinitions {
  private readonly namers = new Map<string, Namer[]>();
  private readonly images = new Map<string, Promise<readonly string[] | { readonly failed: unknown }>>();

  constructor(private readonly context: UsageContext, private readonly findings: Findings) {}

  /** Counts a task definition as used. Reading it begins at once; {@link settle} waits for it. */
  name(arn: string, namer: Namer): void {
    const namers = this.namers.get(arn);
    if (namers) namers.push(namer);
    else this.namers.set(arn, [namer]);
    void this.startReading(arn);
  }

  /** Counts the newest active revisions of each selected family as used. */
  async readNewest(): Promise<void> {
    const arns = await paginate({
      service: 'ECS',
      operation: 'ListTaskDefinitions',
      page: (nextToken) => this.context.clients.ecs.send(new ListTaskDefinitionsCommand({ nextToken, status: 'ACTIVE', maxResults: 100 })),
      items: (page) => page.taskDefinitionArns,
      token: (page) => page.nextToken,
    });
    const families = new Map<string, { arn: string; revision: number }[]>();
    for (const arn of new Set(arns)) {
      const [, family, revision] = REVISION_ARN.exec(arn) ?? [];
      if (family === undefined) throw unusable('ECS', 'ListTaskDefinitions', `"${arn}" is no ARN of a task definition revision`);
      const revisions = families.get(family);
      if (revisions) revisions.push({ arn, revision: Number(revision) });
      else families.set(family, [{ arn, revision: Number(revision) }]);
    }
    const { taskDefinitionFamilies: patterns, taskDefinitionRevisions: count } = this.context.settings.usage.ecs;
    const selected = select({ setting: 'usage.ecs.taskDefinitionFamilies', what: 'task definition family', patterns }, families.keys(), this.findings);
    for (const family of selected) {
      const revisions = families.get(family)!.sort((a, b) => b.revision - a.revision);
      for (const { arn } of count === ALL_REVISIONS ? revisions : revisions.slice(0, count)) {
        this.name(arn, { consumer: arn, consumerKind: 'task definition' });
      }
    }
  }

  /** Records the images of all task definitions named so far. */
  async settle(): Promise<void> {
    await this.findings.each(this.namers, async ([arn, namers]) => {
      const images = await this.startReading(arn);
      if ('failed' in images) return this.unreadable(arn, namers, images.failed);
      for (const image of images) {
        this.findings.image({ consumer: arn, consumerKind: 'task definition' }, image);
        for (const namer of namers) if (!namer.knowsImages) this.findings.image(namer, image);
      }
    });
  }

  private unreadable(arn: string, namers: readonly Namer[], failed: unknown): void {
    // ECS forgets a deleted revision only when nothing active references it; those that once did have told their images.
    if (isForgotten(failed) && namers.every((namer) => namer.past && namer.knowsImages)) {
      this.findings.note(`${arn} is deleted; what it ran is known from ${namers[0]!.consumer}`);
      return;
    }
    const problem = toProblem(failed);
    this.findings.problem({ ...problem, text: `${arn}, named by ${namers[0]!.consumerKind} ${namers[0]!.consumer}: ${problem.text}` });
  }

  private startReading(arn: string): Promise<readonly string[] | { readonly failed: unknown }> {
    let images = this.images.get(arn);
    // Caught here and looked at in settle(): a rejection that nothing awaits yet would end the process.
    if (!images) this.images.set(arn, (images = this.read(arn).catch((failed: unknown) => ({ failed }))));
    return images;
  }

  private async read(arn: string): Promise<readonly string[]> {
    const key = `ecs:task-definition-images:${arn}`;
    const kept = this.context.immutable.get(key);
    if (isImageList(kept)) return kept;
    const { taskDefinition } = await this.context.clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    if (!taskDefinition?.containerDefinitions?.length) throw unusable('ECS', 'DescribeTaskDefinition', 'the answer has no container definitions in it');
    const revision = REVISION_ARN.test(arn);
    if (revision && taskDefinition.taskDefinitionArn !== arn) {
      throw unusable('ECS', 'DescribeTaskDefinition', `the answer is about ${taskDefinition.taskDefinitionArn ?? 'nothing named'}`);
    }
    const images = [...new Set(taskDefinition.containerDefinitions.map((container) => container.image))];
    if (!isImageList(images)) throw unusable('ECS', 'DescribeTaskDefinition', 'a container definition has no image in it');
    // What is no revision (a family alone) means another one tomorrow.
    if (revision) this.context.immutable.set(key, images);
    return images;
  }
}

function isImageList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

function isForgotten(failed: unknown): boolean {
  return failed instanceof AwsCallError && failed.code === 'ClientException' && /unable to describe task definition/i.test(failed.message);
}
