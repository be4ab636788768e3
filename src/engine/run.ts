import { randomBytes } from 'node:crypto';
import type { Outcome, PhaseReport, ReferenceCounts, Report, RunMessage, RunStatus } from '../contract/report';
import type { Settings } from '../contract/settings';
import type { Clients } from './aws/clients';
import { toProblem } from './aws/problems';
import { missingRepositories, readCatalogue, readRepository } from './catalogue/ecr';
import { IndexCache } from './catalogue/index-cache';
import { parseDuration } from './duration';
import { checkClock, readIdentity } from './identity';
import type { Catalogue, Identity, Repository, Usage } from './model';
import { checkLimits } from './plan/guard';
import { imageId, makePlan, retired, retiredIds, type Plan } from './plan/plan';
import type { RuleInForce } from './plan/types';
import { ImmutableAnswers } from './record/immutable';
import { Journal, readLeftovers, type Leftovers } from './record/journal';
import { LockHeldError, LockLostError, RunLock } from './record/lock';
import { readAcknowledged, writePlanned } from './record/plans';
import type { RecordStore } from './record/store';
import { buildReport } from './report/build';
import { StoppedError, Stopping } from './stopping';
import { sweep } from './sweep/sweep';
import { readUsage } from './usage';
import { resolveReferences, type Protection as ResolvedProtection } from './usage/resolve';

export interface RunOptions {
  /** Validated (see ./settings.ts). */
  readonly settings: Settings;
  readonly clients: Clients;
  readonly record: RecordStore;
  /** Milliseconds since the epoch at which the run must have ended; none by default. */
  readonly deadline?: number;
  /** As `guards.acknowledgePlan` of the settings; wins over it. */
  readonly acknowledgePlan?: string;
  /** The engine's clock. @default Date.now */
  readonly now?: () => number;
  readonly progress?: (event: ProgressEvent) => void;
  /** Asks the run to end: in good order, before the next deletion. */
  readonly stop?: AbortSignal;
}

/** For a person who watches. */
export interface ProgressEvent {
  readonly phase: 'lock' | 'catalogue' | 'usage' | 'plan' | 'guard' | 'sweep' | 'report';
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
}

/** One run, from the lock to the report. Never throws for what AWS answers: the report's status says how it ended. */
export async function run(options: RunOptions): Promise<Report> {
  const janitorRun = new Run(options);
  try {
    await janitorRun.carryOut();
  } catch (thrown) {
    janitorRun.fail(thrown);
  }
  return janitorRun.finish();
}

/** What one run knows, growing from phase to phase. */
class Run {
  private readonly now: () => number;
  private readonly startedAt: number;
  private readonly id: string;
  private readonly settings: Settings;
  private readonly rules: readonly RuleInForce[];
  private readonly messages: RunMessage[] = [];
  private readonly phases: PhaseReport[] = [];
  private readonly statuses = new Set<RunStatus>();
  private immutable = new ImmutableAnswers();
  private readonly indexes: IndexCache;
  private readonly stopping: Stopping;
  private identity: Identity;
  private isOver = false;
  /** A rule names what is not there: worth a failure, but not worth hiding that the usage was not read whole. */
  private scopeError = false;
  private lock?: RunLock;
  private catalogue?: Catalogue;
  private usage?: Usage;
  private leftovers: Leftovers = new Map();
  private plan?: Plan;
  private references: ReferenceCounts = { resolved: 0, elsewhere: 0, outOfScope: 0, dangling: 0 };
  private readonly outcomes = new Map<string, Outcome>();

  constructor(private readonly options: RunOptions) {
    this.now = options.now ?? Date.now;
    this.startedAt = this.now();
    this.id = `${new Date(this.startedAt).toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
    this.settings = options.settings;
    this.indexes = new IndexCache(options.record);
    this.stopping = new Stopping(this.now, options.deadline, options.stop);
    this.rules = options.settings.containerImages.map((rule) => ({
      ...rule, expireAfter: parseDuration(rule.expireAfter), expireUntaggedAfter: parseDuration(rule.expireUntaggedAfter),
    }));
    this.identity = { partition: 'unknown', account: 'unknown', region: options.clients.region };
  }

  async carryOut(): Promise<void> {
    await this.phase('lock', 'Identifying the account', async () => {
      this.identity = await readIdentity(this.options.clients, this.options.now ? undefined : checkClock);
      if (this.enforces) this.lock = await RunLock.take(this.options.record, this.id, this.now);
      this.leftovers = await readLeftovers(this.options.record);
      this.immutable = await ImmutableAnswers.load(this.options.record);
    });
    await this.write('settings.json', this.settings);
    // The usage is read after the catalogue, so that it is the newer of the two.
    this.catalogue = await this.phase('catalogue', 'Reading the repositories', () => this.readCatalogue());
    this.usage = await this.phase('usage', 'Reading what is in use', () => this.readUsage());
    this.plan = await this.phase('plan', 'Planning', async () => this.firstPlan());
    if (this.plan.hash) await writePlanned(this.options.record, this.plan.hash, retiredIds(this.plan.repositories));
    await this.write('plan.json', planDocument(this.plan));
    const passed = await this.phase('guard', 'Checking the limits', () => this.guard(this.plan!));
    if (passed && this.enforces) await this.phase('sweep', 'Retiring', () => this.sweep(this.plan!));
  }

  /** Anything that nobody foresaw: nothing more is retired, and the report says what it was. */
  fail(thrown: unknown): void {
    if (thrown instanceof StoppedError) {
      // A run that never gets as far as a plan does nothing, week after week: that must not look like success.
      this.message('FAILED', {
        level: 'error', code: 'no-time-for-a-plan', text: 'the run had to end (its deadline came, or it was interrupted) before everything was read; nothing was retired', fix: 'give it more time, for example with Runner.codeBuild()',
      });
      return;
    }
    const problem = toProblem(thrown);
    this.message('FAILED', {
      level: 'error',
      code: thrown instanceof LockHeldError ? 'lock-held' : problem.missingAction ? 'missing-permission' : 'run-failed',
      text: problem.text,
      fix: thrown instanceof LockHeldError ? 'wait until the other run has ended; the lock of a run that died runs out by itself' : problem.fix,
    });
  }

  async finish(): Promise<Report> {
    // Of a run that had to end while it was still reading, too: the next one gets further.
    const whole = this.usage?.sources.every(({ problems }) => problems.length === 0) === true;
    await this.immutable.save(this.options.record, { forget: whole });
    try {
      await this.lock?.release();
    } catch (thrown) {
      // That the lock was lost has been told already, where it mattered.
      if (!(thrown instanceof LockLostError && this.statuses.has('FAILED'))) this.tell({ level: 'warning', code: 'lock-not-released', text: `the lock could not be released, and runs out by itself: ${toProblem(thrown).text}` });
    }
    let report = this.report();
    try {
      await this.write('report.json', report);
    } catch (thrown) {
      this.message('FAILED', { level: 'error', code: 'report-not-recorded', text: `the report could not be written to the record: ${toProblem(thrown).text}`, fix: toProblem(thrown).fix });
      report = this.report();
    }
    this.isOver = true;
    this.options.progress?.({ phase: 'report', text: `Done: ${report.run.status}` });
    return report;
  }

  private get enforces(): boolean {
    return this.settings.mode === 'ENFORCE';
  }

  private async readCatalogue(): Promise<Catalogue> {
    const patterns = this.rules.flatMap((rule) => rule.repositories);
    const catalogue = await readCatalogue({
      clients: this.options.clients,
      identity: this.identity,
      patterns,
      indexes: this.indexes,
      onRepository: (done, total) => this.options.progress?.({ phase: 'catalogue', text: 'Reading the repositories', done, total }),
    });
    if (catalogue.problems.length > 0 || catalogue.repositories.some(({ problems }) => problems.length > 0)) {
      this.statuses.add('INCOMPLETE');
      for (const problem of [...catalogue.problems, ...catalogue.repositories.flatMap(({ problems }) => problems)]) {
        this.tell({ level: 'error', code: problem.missingAction ? 'missing-permission' : 'catalogue-incomplete', ...messageOf(problem) });
      }
    } else {
      for (const name of missingRepositories(catalogue, patterns)) {
        this.scopeError = true;
        this.tell({ level: 'error', code: 'repository-not-found', text: `there is no repository ${name} in ${this.identity.account}/${this.identity.region}; the other rules are not affected`, fix: 'correct the name, or take it out of the rule' });
      }
      for (const note of catalogue.notes) this.tell({ level: 'warning', code: 'pattern-matches-nothing', text: note });
    }
    return catalogue;
  }

  private async readUsage(): Promise<Usage> {
    const digests = new Set(this.catalogue!.repositories.flatMap(({ manifests }) => manifests.map(({ digest }) => digest)));
    const usage = await readUsage({
      clients: this.options.clients,
      settings: this.settings,
      identity: this.identity,
      immutable: this.immutable,
      isCatalogued: (digest) => digests.has(digest),
    });
    for (const source of usage.sources) {
      if (!source.enabled) this.tell({ level: 'warning', code: 'usage-disabled', text: `${source.source} is switched off: images that only it uses are not known to be in use` });
      for (const problem of source.problems) {
        this.message('INCOMPLETE', { level: 'error', code: problem.missingAction ? 'missing-permission' : 'usage-incomplete', ...messageOf(problem, `${source.source}: `) });
      }
      for (const { repository, text } of source.doubts) {
        this.tell({ level: 'warning', code: 'usage-doubt', text: `${source.source}: nothing of ${repository} is retired: ${text}` });
      }
      for (const note of source.notes) this.tell({ level: 'warning', code: 'usage-note', text: `${source.source}: ${note}` });
    }
    return usage;
  }

  private makePlan(catalogue: Catalogue, usage: Usage): { plan: Plan; protection: ResolvedProtection } {
    const protection = resolveReferences(catalogue, usage.sources.flatMap(({ references }) => references));
    const plan = makePlan({
      catalogue,
      usage,
      rules: this.rules,
      protection,
      now: this.startedAt,
      safetyAge: parseDuration(this.settings.guards.safetyAge),
      leftovers: this.leftovers,
    });
    return { plan, protection };
  }

  /** The plan of the run, and what became of the references that it rests on. */
  private firstPlan(): Plan {
    const { plan, protection } = this.makePlan(this.catalogue!, this.usage!);
    this.references = protection.counts;
    const dangling = [...new Set(protection.dangling.map(({ consumerKind, consumer, named }) => `${consumerKind} ${consumer} names ${named}`))];
    if (dangling.length > 0) {
      this.tell({
        level: 'warning',
        code: 'dangling-reference',
        text: `${dangling.length} reference${dangling.length === 1 ? '' : 's'} to a tag or digest that is not there: ${dangling.slice(0, 3).join('; ')}${dangling.length > 3 ? '; …' : ''}`,
      });
    }
    return plan;
  }

  /** Whether the sweep may start. */
  private async guard(plan: Plan): Promise<boolean> {
    const hash = this.options.acknowledgePlan ?? this.settings.guards.acknowledgePlan;
    const acknowledged = hash ? await readAcknowledged(this.options.record, hash) : new Set<string>();
    if (!acknowledged) {
      this.tell({ level: 'warning', code: 'unknown-plan', text: `the acknowledged plan ${hash} is not in the record (${this.options.record.location}), so it lifts no limit`, fix: 'acknowledge the plan hash that a report of this janitor names' });
    }
    const breaches = checkLimits(plan, this.settings.guards, acknowledged ?? new Set());
    for (const breach of breaches) {
      const message: RunMessage = {
        level: this.enforces ? 'error' : 'warning',
        code: breach.code,
        text: this.enforces ? `${breach.text}; nothing was retired` : `${breach.text}; an enforcing run would stop here`,
        fix: `look at the plan, then acknowledge it (${plan.hash}), or raise the limit`,
      };
      if (this.enforces) this.message('FAILED', message);
      else this.tell(message);
    }
    if (breaches.length > 0 && this.enforces) {
      for (const id of retiredIds(plan.repositories)) this.outcomes.set(id, { status: 'not-attempted', code: breaches[0]!.code, text: breaches[0]!.text });
    }
    return breaches.length === 0;
  }

  private async sweep(plan: Plan): Promise<void> {
    const journal = await Journal.open(this.options.record, this.folder);
    await journal.forget(this.isSettled());
    const result = await sweep({
      plan,
      clients: this.options.clients,
      identity: this.identity,
      lock: this.lock!,
      journal,
      outcomes: this.outcomes,
      now: this.now,
      mustStop: () => this.stopping.isDue,
      // Between two batches nothing is open: the re-reading can be given up like any other.
      replan: (repositories) => this.stopping.before(() => this.replan(repositories)),
      list: async (name) => {
        const repository = await this.readAgain(name);
        if (repository && repository.problems.length > 0) throw new Error(repository.problems[0]!.text);
        return new Set(repository?.manifests.map(({ digest }) => digest));
      },
      progress: (done, total) => this.options.progress?.({ phase: 'sweep', text: 'Retiring', done, total }),
    });
    for (const status of result.statuses) this.statuses.add(status);
    this.tell(...result.messages);
  }

  /** What would be retired if the run began now, of some repositories. */
  private async replan(names: readonly string[]): Promise<{ plan: Plan; incomplete: boolean }> {
    const known = new Set(this.catalogue!.repositories.flatMap(({ manifests }) => manifests.map(({ digest }) => digest)));
    const usage = await readUsage({
      clients: this.options.clients,
      settings: this.settings,
      identity: this.identity,
      immutable: this.immutable,
      isCatalogued: (digest) => known.has(digest),
    });
    // The repositories come last here: listing a few of them takes less time than reading the usage, and an image whose tags changed
    // since the plan drops out anyway, so that no reference can resolve to something else than it did.
    const repositories = (await Promise.all(names.map((name) => this.readAgain(name)))).filter((repository) => repository !== undefined);
    const catalogue: Catalogue = { identity: this.identity, repositories, problems: [], notes: [] };
    for (const problem of repositories.flatMap((repository) => repository.problems)) {
      this.message('INCOMPLETE', { level: 'error', code: problem.missingAction ? 'missing-permission' : 'catalogue-incomplete', ...messageOf(problem) });
    }
    const incomplete = usage.sources.filter(({ enabled, problems }) => enabled && problems.length > 0);
    for (const { source, problems } of incomplete) {
      for (const problem of problems) {
        this.tell({ level: 'error', code: problem.missingAction ? 'missing-permission' : 'usage-incomplete', ...messageOf(problem, `${source}: `) });
      }
    }
    if (incomplete.length > 0) this.usage = usage;
    return { plan: this.makePlan(catalogue, usage).plan, incomplete: incomplete.length > 0 };
  }

  private readAgain(name: string): Promise<Repository | undefined> {
    return readRepository({ clients: this.options.clients, identity: this.identity, indexes: this.indexes }, name);
  }

  /** Of repositories that were read whole: leftovers that they no longer have, and those with a root that they have after all. */
  private isSettled(): (id: string, roots: readonly string[]) => boolean {
    const whole = new Map<string, Set<string>>();
    for (const { name, manifests, problems } of this.catalogue!.repositories) {
      if (problems.length === 0) whole.set(name, new Set(manifests.map(({ digest }) => digest)));
    }
    return (id, roots) => {
      const [name, digest] = id.split('@') as [string, string];
      const digests = whole.get(name);
      return digests !== undefined && (!digests.has(digest) || roots.some((root) => digests.has(root)));
    };
  }

  private async phase<T>(name: ProgressEvent['phase'], text: string, work: () => Promise<T>): Promise<T> {
    this.options.progress?.({ phase: name, text });
    const begun = performance.now();
    try {
      // A sweep stops by itself, between two deletions, and a lock that was taken has to be known; a reading is given up, because nothing
      // can come of it any more.
      return await (name === 'sweep' || name === 'lock' ? work() : this.stopping.before(work));
    } finally {
      this.phases.push({ name, milliseconds: Math.round(performance.now() - begun) });
    }
  }

  private message(status: RunStatus, message: RunMessage): void {
    if (!this.isOver) this.statuses.add(status);
    this.tell(message);
  }

  /** What a reading that was given up has to say comes too late. */
  private tell(...messages: readonly RunMessage[]): void {
    if (!this.isOver) this.messages.push(...messages);
  }

  private report(): Report {
    return buildReport({
      id: this.id,
      settings: this.settings,
      identity: this.identity,
      clients: this.options.clients,
      startedAt: this.startedAt,
      finishedAt: this.now(),
      status: worst(this.statuses, this.scopeError),
      messages: [...this.messages],
      phases: this.phases,
      catalogue: this.catalogue,
      usage: this.usage,
      plan: this.plan,
      references: this.references,
      outcomes: this.outcomes,
    });
  }

  private get folder(): string {
    const day = new Date(this.startedAt).toISOString().slice(0, 10).replaceAll('-', '/');
    return `runs/${day}/${this.id}`;
  }

  private async write(name: string, content: unknown): Promise<void> {
    await this.options.record.write(`${this.folder}/${name}`, `${JSON.stringify(content, undefined, 2)}\n`);
  }
}

function worst(statuses: ReadonlySet<RunStatus>, scopeError: boolean): RunStatus {
  const found = (['BAD_INPUT', 'FAILED', 'INCOMPLETE', 'PARTIAL'] as const).find((status) => statuses.has(status)) ?? 'COMPLETE';
  return scopeError && (found === 'COMPLETE' || found === 'PARTIAL') ? 'FAILED' : found;
}

function messageOf(problem: { readonly text: string; readonly fix?: string }, prefix = ''): { text: string; fix?: string } {
  return { text: `${prefix}${problem.text}`, ...(problem.fix ? { fix: problem.fix } : {}) };
}

/** The plan as the record keeps it: what would be retired, and why. */
function planDocument(plan: Plan): unknown {
  return {
    hash: plan.hash,
    retire: plan.repositories.flatMap((repository) => retired(repository).map(({ manifest, reasons }) => ({
      id: imageId(repository.name, manifest.digest), tags: manifest.tags, reasons,
    }))),
  };
}
