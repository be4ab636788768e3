import { DescribeTaskDefinitionCommand, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { toldAllImages, type ToldContainer } from './containers';
import { ALL_REVISIONS } from '../../../contract/settings';
import { paginate } from '../../aws/paginate';
import { AwsCallError, toProblem, unusable } from '../../aws/problems';
import type { Consumer, Findings } from '../findings';
import { select } from '../selection';
import type { UsageContext } from '../source';

/** Who named a task definition. */
export interface Namer extends Consumer {
  /** It starts nothing more from the task definition by itself: a task that stopped, a revision that its service has left. */
  readonly past?: boolean;
  /** What it told of its containers itself: the task definition's names would only repeat that. */
  readonly containers?: readonly ToldContainer[];
}

/** A container as its task definition has it. */
interface DefinedContainer {
  readonly name?: string;
  readonly image: string;
}

type Definition = readonly DefinedContainer[] | { readonly failed: unknown };

const REVISION_ARN = /^arn:[^:]+:ecs:[^:]*:[^:]*:task-definition\/([^:/]+):([0-9]+)$/;

/** The images of task definition revisions: of the newest of each family, and of each that anything names, active or not. */
export class TaskDefinitions {
  private readonly namers = new Map<string, Namer[]>();
  private readonly containers = new Map<string, Promise<Definition>>();

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
      const containers = await this.startReading(arn);
      if ('failed' in containers) return this.unreadable(arn, namers, containers.failed);
      for (const { image } of containers) this.findings.image({ consumer: arn, consumerKind: 'task definition' }, image);
      for (const namer of namers) {
        const told = new Set(namer.containers?.flatMap(({ name, image }) => (image === undefined ? [] : [name])));
        for (const { name, image } of containers) if (name === undefined || !told.has(name)) this.findings.image(namer, image);
      }
    });
  }

  /** The images of a container by its name, or of all without one; none if the task definition does not name it, or cannot be read. */
  async imagesOf(arn: string, container: string | undefined): Promise<readonly string[]> {
    const containers = await this.startReading(arn);
    if ('failed' in containers) return [];
    return containers.filter(({ name }) => container === undefined || name === undefined || name === container).map(({ image }) => image);
  }

  private unreadable(arn: string, namers: readonly Namer[], failed: unknown): void {
    const first = [...namers].sort((a, b) => (a.consumer < b.consumer ? -1 : 1))[0]!;
    const problem = toProblem(failed);
    const text = `${arn}, named by ${first.consumerKind} ${first.consumer}: ${problem.text}`;
    if (!isForgotten(failed) || !namers.every(({ containers }) => toldAllImages(containers))) {
      this.findings.problem({ ...problem, text });
      return;
    }
    // ECS forgets a deleted revision only when nothing active references it; those that once did have told their images.
    const active = namers.filter(({ past }) => !past);
    if (active.length === 0) this.findings.note(`${arn} is deleted; what it ran is known from ${first.consumer}`);
    for (const { image } of active.flatMap(({ containers }) => containers ?? [])) {
      // It contradicts itself, but no further than what it told reaches.
      if (image !== undefined) this.findings.doubt(image, text);
    }
  }

  private startReading(arn: string): Promise<Definition> {
    let containers = this.containers.get(arn);
    // Caught here and looked at in settle(): a rejection that nothing awaits yet would end the process.
    if (!containers) this.containers.set(arn, (containers = this.read(arn).catch((failed: unknown) => ({ failed }))));
    return containers;
  }

  private async read(arn: string): Promise<readonly DefinedContainer[]> {
    const key = `ecs:task-definition:${arn}`;
    const kept = this.context.immutable.get(key);
    if (isContainerList(kept)) return kept;
    const { taskDefinition } = await this.context.clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    if (!taskDefinition?.containerDefinitions?.length) throw unusable('ECS', 'DescribeTaskDefinition', 'the answer has no container definitions in it');
    const revision = REVISION_ARN.test(arn);
    if (revision && taskDefinition.taskDefinitionArn !== arn) {
      throw unusable('ECS', 'DescribeTaskDefinition', `the answer is about ${taskDefinition.taskDefinitionArn ?? 'nothing named'}`);
    }
    const containers = taskDefinition.containerDefinitions.map(({ name, image }) => ({ ...(name ? { name } : {}), image }));
    if (!isContainerList(containers)) throw unusable('ECS', 'DescribeTaskDefinition', 'a container definition has no image in it');
    // What is no revision (a family alone) means another one tomorrow.
    if (revision) this.context.immutable.set(key, containers);
    return containers;
  }
}

function isContainerList(value: unknown): value is DefinedContainer[] {
  return Array.isArray(value) && value.length > 0
    && value.every((item) => typeof item?.image === 'string' && (item.name === undefined || typeof item.name === 'string'));
}

function isForgotten(failed: unknown): boolean {
  return failed instanceof AwsCallError && failed.code === 'ClientException' && /unable to describe task definition/i.test(failed.message);
}
