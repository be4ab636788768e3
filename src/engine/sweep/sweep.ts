import type { Outcome, RunMessage, RunStatus } from '../../contract/report';
import type { Clients } from '../aws/clients';
import { toProblem, type AwsCallError } from '../aws/problems';
import type { Identity } from '../model';
import { makeBatches, type Batch, type Unit } from './batches';
import { deleteImages } from './ecr';
import { recheck } from './recheck';
import { imageId, type Plan } from '../plan/plan';
import type { Journal, JournalEntry } from '../record/journal';
import type { RunLock } from '../record/lock';
import { StoppedError } from '../stopping';

export interface SweepInput {
  readonly plan: Plan;
  readonly clients: Clients;
  readonly identity: Identity;
  readonly lock: RunLock;
  readonly journal: Journal;
  readonly now: () => number;
  /** Whether the deadline has come, or somebody asked the run to end. Asked before each batch, and before each deletion. */
  readonly mustStop: () => boolean;
  /** Reads the volatile usage, and these repositories, again, and plans anew. */
  readonly replan: (repositories: readonly string[]) => Promise<{ readonly plan: Plan; readonly incomplete: boolean }>;
  /** The digests that a repository has now. */
  readonly list: (repository: string) => Promise<ReadonlySet<string>>;
  /** Filled as the sweep goes on, by image ID; only of images that the plan retires. */
  readonly outcomes: Map<string, Outcome>;
  readonly progress?: (done: number, total: number) => void;
}

export interface SweepResult {
  readonly statuses: readonly RunStatus[];
  readonly messages: readonly RunMessage[];
}

/** Repositories swept at the same time within a batch. */
const REPOSITORIES_AT_ONCE = 4;
/** So many repositories in which deleting fails for another reason than a denial say that something is wrong with more than them. */
const MOST_FAILURES = 5;
/** What was read of the usage counts for so long; what is not deleted by then waits for the next reading. */
const LONGEST_BATCH = 4 * 60_000;

/** Carries the plan out, batch by batch, each after a fresh look at what is in use. */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  const { outcomes } = input;
  const messages: RunMessage[] = [];
  const failures: AwsCallError[] = [];
  const batches = makeBatches(input.plan);
  const total = batches.reduce((sum, batch) => sum + sizeOf(batch), 0);
  const statuses: RunStatus[] = [];

  // A batch that took too long leaves a batch of what it did not get to.
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    const { stop, rest } = await sweepBatch(input, batch, failures);
    if (stop) {
      statuses.push(stop.status);
      messages.push(stop.message);
      leave([batch, ...batches].flat(), outcomes, stop.message.text);
      break;
    }
    if (rest.length > 0) batches.unshift(rest);
    input.progress?.(outcomes.size, total);
  }
  // What a slow batch had begun, and could not finish.
  if (statuses.length === 0 && failures.length === 0 && [...outcomes.values()].some((outcome) => outcome.status === 'not-attempted')) statuses.push('PARTIAL');
  messages.push(...failureMessages(failures));
  const refused = [...outcomes.values()].filter((outcome) => outcome.status === 'refused');
  if (refused.length > 0 || failures.length > 0) statuses.push('FAILED');
  if (refused.length > 0) {
    const codes = [...new Set(refused.map(({ code }) => code ?? 'Unknown'))].sort().join(', ');
    messages.push({ level: 'error', code: 'refused', text: `ECR BatchDeleteImage: AWS did not delete ${refused.length} of the images (${codes}); see their outcomes` });
  }
  return { statuses, messages };
}

interface Stop {
  readonly status: RunStatus;
  readonly message: RunMessage;
}

interface BatchResult {
  /** Why the sweep must not go on. */
  readonly stop?: Stop;
  /** Units that were not begun, because what was read of the usage has grown old. */
  readonly rest: Batch;
}

async function sweepBatch(input: SweepInput, batch: Batch, failures: AwsCallError[]): Promise<BatchResult> {
  const { outcomes } = input;
  if (input.mustStop()) return STOPPED;
  await input.lock.renew();
  const repositories = [...new Set(batch.map(({ repository }) => repository))];
  let fresh: Awaited<ReturnType<SweepInput['replan']>>;
  try {
    fresh = await input.replan(repositories);
  } catch (thrown) {
    if (thrown instanceof StoppedError) return STOPPED;
    throw thrown;
  }
  if (fresh.incomplete) {
    const text = 'the usage could not be read again before a batch, so the sweep stopped';
    return { stop: { status: 'INCOMPLETE', message: { level: 'error', code: 'usage-incomplete', text } }, rest: [] };
  }
  const { units, dropped } = recheck(batch, fresh.plan);
  for (const { repository, digest, text } of dropped) outcomes.set(imageId(repository, digest), { status: 'dropped', text });
  if (units.length === 0) return { rest: [] };
  const readAt = input.now();

  // The reading took its time: make sure that there is some left, and that the lock is still ours when the first image goes.
  if (input.mustStop()) return STOPPED;
  await input.lock.renew();
  await input.journal.begin(units.flatMap(journalEntries));
  const queue = [...groupByRepository(units)];
  let fatal: unknown;
  let isOld = false;
  // No worker throws: the lock is neither given up nor the journal closed while another one's call is under way.
  await Promise.all(Array.from({ length: REPOSITORIES_AT_ONCE }, async () => {
    for (let next = queue.shift(); next && !tooMany(failures) && !isOld && fatal === undefined; next = queue.shift()) {
      const [repository, digests] = next;
      const result = await deleteImages({
        clients: input.clients,
        identity: input.identity,
        repository,
        digests,
        graph: fresh.plan.repositories.find(({ name }) => name === repository)!.graph,
        list: () => input.list(repository),
        mustStop: () => {
          if (fatal !== undefined) return true;
          input.lock.check();
          isOld ||= input.now() - readAt > LONGEST_BATCH;
          return isOld || input.mustStop();
        },
      });
      fatal ??= result.fatal;
      for (const [digest, outcome] of result.outcomes) outcomes.set(imageId(repository, digest), outcome);
      if (result.failure) failures.push(result.failure);
    }
  }));
  await endJournal(input, units, fatal);
  if (tooMany(failures)) {
    const text = 'deleting failed in too many repositories, so the sweep stopped';
    return { stop: { status: 'FAILED', message: { level: 'error', code: 'sweep-failed', text } }, rest: [] };
  }
  const isUndone = (unit: Unit, image: Unit['images'][number]) => outcomes.get(imageId(unit.repository, image.manifest.digest))!.status === 'not-attempted';
  if (input.mustStop()) return units.some((unit) => unit.images.some((image) => isUndone(unit, image))) ? STOPPED : { rest: [] };
  if (!isOld) return { rest: [] };
  // A unit that was begun is finished by the next run, as its leftovers; one that was not is looked at again.
  const untouched = units.filter((unit) => unit.images.every((image) => isUndone(unit, image)));
  if (untouched.length === units.length) return STOPPED;
  for (const { repository, images } of untouched) for (const { manifest } of images) outcomes.delete(imageId(repository, manifest.digest));
  return { rest: untouched };
}

const STOPPED: BatchResult = {
  stop: {
    status: 'PARTIAL',
    message: { level: 'warning', code: 'stopped', text: 'the run had to end before everything was done (its deadline came, or it was interrupted); the next run goes on' },
  },
  rest: [],
};

function tooMany(failures: readonly AwsCallError[]): boolean {
  return failures.filter(({ kind }) => kind !== 'denied').length >= MOST_FAILURES;
}

/** A failure of one repository (a policy of its own, say) is no reason to leave the others uncleaned; it is told all the same. */
function failureMessages(failures: readonly AwsCallError[]): RunMessage[] {
  const messages = new Map<string, RunMessage>();
  for (const failure of failures) {
    const problem = toProblem(failure);
    messages.set(problem.text, {
      level: 'error', code: problem.missingAction ? 'missing-permission' : 'sweep-failed', text: problem.text, ...(problem.fix ? { fix: problem.fix } : {}),
    });
  }
  return [...messages.values()];
}

async function endJournal(input: SweepInput, units: readonly Unit[], fatal: unknown): Promise<void> {
  const { outcomes } = input;
  const results = units.flatMap(({ repository, images }) => images.map(({ manifest, roots }) => {
    const id = imageId(repository, manifest.digest);
    const outcome: Outcome = outcomes.get(id) ?? { status: 'not-attempted' };
    outcomes.set(id, outcome);
    const rootGone = roots.some((root) => root !== manifest.digest && outcomes.get(imageId(repository, root))?.status === 'deleted');
    return { id, outcome, leftBehind: rootGone && outcome.status !== 'deleted' };
  }));
  await input.journal.end(
    results.map(({ id, outcome }) => ({ id, ...outcome })),
    new Set(results.filter(({ leftBehind }) => leftBehind).map(({ id }) => id)),
    async () => {
      if (fatal !== undefined) throw fatal;
      await input.lock.renew();
    },
  );
}

function journalEntries({ repository, images }: Unit): JournalEntry[] {
  return images.map(({ manifest, roots }) => ({
    id: imageId(repository, manifest.digest),
    action: 'delete',
    tags: manifest.tags,
    mediaType: manifest.mediaType,
    pushedAt: new Date(manifest.pushedAt).toISOString(),
    roots: roots.filter((root) => root !== manifest.digest),
    wayBack: 'none: a deleted container image must be pushed again',
  }));
}

function groupByRepository(units: readonly Unit[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { repository, images } of units) {
    let digests = groups.get(repository);
    if (!digests) groups.set(repository, (digests = new Set()));
    for (const { manifest } of images) digests.add(manifest.digest);
  }
  return groups;
}

function leave(units: readonly Unit[], outcomes: Map<string, Outcome>, text: string): void {
  for (const { repository, images } of units) {
    for (const { manifest } of images) {
      const id = imageId(repository, manifest.digest);
      if (!outcomes.has(id)) outcomes.set(id, { status: 'not-attempted', text });
    }
  }
}

function sizeOf(batch: Batch): number {
  return batch.reduce((sum, { images }) => sum + images.length, 0);
}
