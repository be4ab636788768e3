/** What one source gathers while it reads: nothing that was found is lost to a failure that comes later. */
import type { SourceProblem } from '../../contract/report';
import { toProblem } from '../aws/problems';
import type { Doubt, Identity, ImageTarget, Reference, SourceUsage } from '../model';
import { isDigest, parseImageReference } from './image-reference';

/** Who uses the image. */
export interface Consumer {
  /** Its ARN. */
  readonly consumer: string;
  /** `task`, `service revision`, `function version`, … */
  readonly consumerKind: string;
}

export class Findings {
  private readonly references = new Map<string, Reference>();
  // By text: a missing permission would otherwise be told once per task.
  private readonly problems = new Map<string, SourceProblem>();
  private readonly notes = new Set<string>();
  private readonly doubts = new Map<string, Doubt>();

  constructor(private readonly source: string, private readonly identity: Identity) {}

  /** Does the work; what it throws becomes a problem. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.problem(toProblem(thrown));
      return undefined;
    }
  }

  /** As {@link attempt} for every item at once; the failure of one costs the others nothing. */
  async each<Item, T>(items: Iterable<Item>, work: (item: Item) => Promise<T>): Promise<T[]> {
    const results = await Promise.all([...items].map((item) => this.attempt(async () => ({ value: await work(item) }))));
    return results.flatMap((result) => (result ? [result.value] : []));
  }

  problem(problem: SourceProblem): void {
    this.problems.set(problem.text, problem);
  }

  note(text: string): void {
    this.notes.add(text);
  }

  /**
   * Records that which image of the named repository is used cannot be told. A repository of another registry is none of ours, and a
   * name that cannot be parsed is a problem of its own where it is recorded by {@link image}.
   */
  doubt(named: string, text: string): void {
    const target = parseImageReference(named);
    if (target.kind !== 'repository' || target.registry !== this.identity.account || target.region !== this.identity.region) return;
    this.doubts.set(JSON.stringify([target.repository, text]), { repository: target.repository, text });
  }

  /**
   * Records the use of an image by its name and, where AWS says what the name resolved to, by that digest. A name that cannot be
   * parsed is a problem; the digest beside it counts all the same.
   */
  image(consumer: Consumer, named: string, resolved?: string): void {
    const digest = resolved?.toLowerCase();
    if (digest !== undefined && !isDigest(digest)) {
      this.problem({ text: `${consumer.consumerKind} ${consumer.consumer} runs "${named}" as "${resolved}", which is no digest` });
      return this.image(consumer, named);
    }
    const target = parseImageReference(named);
    switch (target.kind) {
      case 'unparsable':
        this.problem({
          text: `${consumer.consumerKind} ${consumer.consumer} names the image "${named}", which cannot be parsed: ${target.reason}`,
          fix: `correct the image's name, or remove the ${consumer.consumerKind}`,
        });
        if (digest !== undefined) this.reference(consumer, named, { kind: 'digest', digest });
        break;
      case 'repository':
        // A name that pins one digest while AWS reports another protects both.
        if (target.digest !== undefined || digest === undefined) this.reference(consumer, named, target);
        if (digest !== undefined && digest !== target.digest) this.reference(consumer, named, { ...target, digest });
        break;
      case 'digest':
        this.reference(consumer, named, target);
        if (digest !== undefined) this.reference(consumer, named, { kind: 'digest', digest });
        break;
      case 'elsewhere':
        this.reference(consumer, named, target);
        // A proxy or a name of one's own may stand before ECR: the digest is the same there.
        for (const known of new Set([digest, named.trim().split('@')[1]?.toLowerCase()])) {
          if (known !== undefined) this.reference(consumer, named, { kind: 'digest', digest: known });
        }
        break;
    }
  }

  reference(consumer: Consumer, named: string, target: ImageTarget): void {
    const reference: Reference = { source: this.source, consumer: consumer.consumer, consumerKind: consumer.consumerKind, named, target };
    this.references.set(JSON.stringify([reference.consumer, reference.consumerKind, named, sortKey(target)]), reference);
  }

  /** In an order that does not depend on which answer came first. */
  usage(): SourceUsage {
    return {
      source: this.source,
      references: sortedByKey(this.references),
      problems: [...this.problems.values()].sort((a, b) => (a.text < b.text ? -1 : 1)),
      notes: [...this.notes].sort(),
      doubts: sortedByKey(this.doubts),
    };
  }
}

function sortedByKey<Value>(values: ReadonlyMap<string, Value>): Value[] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value);
}

function sortKey(target: ImageTarget): readonly (string | undefined)[] {
  switch (target.kind) {
    case 'repository':
      return [target.kind, target.registry, target.region, target.repository, target.tag, target.digest];
    case 'digest':
      return [target.kind, target.digest];
    case 'elsewhere':
      return [target.kind];
  }
}
