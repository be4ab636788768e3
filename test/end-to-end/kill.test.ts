/** A run that is killed at any instant and started again ends in the same state as one that was not. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleEngine } from './bundle';
import { BusyAccount, RECORD_BUCKET, SETTINGS, undisturbed } from './world';
import { folderRecord, type RecordStore } from '../../src/engine/record';

jest.setTimeout(60_000);

const NEVER = new Promise<never>(() => undefined);
/** Longer than a lock lives. */
const LATER = 10 * 60_000;

type Undisturbed = Awaited<ReturnType<typeof undisturbed>>;
let clean: Undisturbed;
let writes: number;
let calls: number;
beforeAll(async () => {
  clean = await undisturbed();
  const busy = await BusyAccount.start();
  const victim = new Victim(busy);
  await victim.run();
  ({ writes, calls } = victim);
  await busy.stop();
});

/** Where a run dies: at its nth write to the record, call, or deletion; before that is carried out, or before it hears that it was. */
interface Death {
  readonly at: 'write' | 'call' | 'deletion';
  readonly nth: number;
  readonly carriedOut: boolean;
}

/** A run that may die: from then on nothing that it does has any effect, and nothing ever answers it. */
class Victim {
  writes = 0;
  calls = 0;
  deletions = 0;
  private dead = false;
  private died!: () => void;
  private readonly death = new Promise<void>((resolve) => { this.died = resolve; });

  constructor(private readonly busy: BusyAccount, private readonly dies?: Death, private readonly later = 0) {}

  /** Whether it died. */
  async run(): Promise<boolean> {
    const { aws, record } = this.busy.account;
    const sessionName = `victim-${this.later}`;
    aws.onCall(async ({ service, operation, principal }) => {
      if (!principal.endsWith(`/${sessionName}`)) return;
      if (this.dead) await NEVER;
      this.calls += 1;
      if (operation === 'BatchDeleteImage') this.deletions += 1;
      if (this.isItNow('call', this.calls) || (operation === 'BatchDeleteImage' && this.isItNow('deletion', this.deletions))) {
        this.die();
        if (!this.dies!.carriedOut) await NEVER;
        aws.faults.inject({ service, operation, kind: 'timeout', after: true });
      }
    });
    const run = this.busy.engine({
      credentials: aws.credentialsFor({ roleName: 'administrator', sessionName }),
      record: this.mortal(record),
      run: { now: () => Date.now() + this.later },
    });
    await Promise.race([run, this.death]);
    aws.faults.clear();
    return this.dead;
  }

  private mortal(record: RecordStore): RecordStore {
    return {
      ...record,
      read: (key) => (this.dead ? NEVER : record.read(key)),
      write: async (key, body, condition) => {
        if (this.dead) return NEVER;
        this.writes += 1;
        if (!this.isItNow('write', this.writes)) return record.write(key, body, condition);
        if (this.dies!.carriedOut) await record.write(key, body, condition);
        this.die();
        return NEVER;
      },
    };
  }

  private isItNow(what: Death['at'], nth: number): boolean {
    return !this.dead && this.dies?.at === what && this.dies.nth === nth;
  }

  private die(): void {
    this.dead = true;
    // What was under way when it died still arrives.
    setTimeout(this.died, 5);
  }
}

/** What is wrong with the state that a run leaves which nothing disturbs any more. */
async function wrongInTheEnd(busy: BusyAccount, later: number): Promise<string[]> {
  const { run } = await busy.engine({ run: { now: () => Date.now() + later } });
  const wrong = busy.lost().map((id) => `lost ${id}`);
  if (run.status !== 'COMPLETE') wrong.push(`the last run is ${run.status}: ${run.messages.map(({ text }) => text).join('; ')}`);
  const images = busy.images();
  wrong.push(...images.filter((id) => !clean.after.includes(id)).map((id) => `${id} is left`));
  wrong.push(...clean.after.filter((id) => !images.includes(id)).map((id) => `${id} is gone`));
  return wrong;
}

/** Each run dies as it is told to, the last does not; what is wrong then. */
async function killed(deaths: readonly Death[], between?: (busy: BusyAccount, later: number) => Promise<void>): Promise<string[]> {
  const busy = await BusyAccount.start();
  try {
    let later = 0;
    for (const death of deaths) {
      // A second run may have less to do than the first, and outlive its death.
      const died = await new Victim(busy, death, later).run();
      if (!died && later === 0) return [`${JSON.stringify(death)}: did not die`];
      if (busy.lost().length > 0) return [`${JSON.stringify(deaths)}: lost ${busy.lost().join()}`];
      later += LATER;
    }
    if (between) {
      await between(busy, later);
      later += LATER;
    }
    return (await wrongInTheEnd(busy, later)).map((text) => `${JSON.stringify(deaths)}: ${text}`);
  } finally {
    await busy.stop();
  }
}

/** Whether the killed run had just finished: then the next has nothing to do that could fail. */
function isDone(busy: BusyAccount): boolean {
  return busy.images().join() === clean.after.join();
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

test.each([false, true])('killed at any write to the record (carried out: %s)', async (carriedOut) => {
  expect(writes).toBeGreaterThan(8);
  const wrong: string[] = [];
  for (const nth of numbers(writes)) wrong.push(...await killed([{ at: 'write', nth, carriedOut }]));
  expect(wrong).toEqual([]);
});

test('killed at any call', async () => {
  expect(calls).toBeGreaterThan(40);
  const wrong: string[] = [];
  for (const nth of numbers(calls)) wrong.push(...await killed([{ at: 'call', nth, carriedOut: false }]));
  expect(wrong).toEqual([]);
});

test('killed after any deletion was carried out, and before the answer came', async () => {
  const wrong: string[] = [];
  for (const nth of numbers(clean.calls['ECR BatchDeleteImage']!)) wrong.push(...await killed([{ at: 'deletion', nth, carriedOut: true }]));
  expect(wrong).toEqual([]);
});

test('killed twice, at any two deletions', async () => {
  const wrong: string[] = [];
  for (const first of numbers(clean.calls['ECR BatchDeleteImage']!)) {
    for (const second of [1, 2, 3, 4]) {
      for (const carriedOut of [false, true]) {
        wrong.push(...await killed([{ at: 'deletion', nth: first, carriedOut: true }, { at: 'deletion', nth: second, carriedOut }]));
      }
    }
  }
  expect(wrong).toEqual([]);
});

test.each(['failures', 'access-denied', 'server-error'] as const)('killed at any deletion, then met by %s when it goes on', async (kind) => {
  const wrong: string[] = [];
  for (const nth of numbers(clean.calls['ECR BatchDeleteImage']!)) {
    wrong.push(...await killed([{ at: 'deletion', nth, carriedOut: true }], async (busy, later) => {
      const expected = isDone(busy) ? 'COMPLETE' : 'FAILED';
      busy.account.aws.faults.inject({ operation: 'BatchDeleteImage', kind, times: Infinity });
      const { run } = await busy.engine({ run: { now: () => Date.now() + later } });
      busy.account.aws.faults.clear();
      expect(run.status).toBe(expected);
    }));
  }
  expect(wrong).toEqual([]);
});

test('killed at any deletion, then a run that finds the usage incomplete, holds what was left, and forgets nothing', async () => {
  const wrong: string[] = [];
  for (const nth of numbers(clean.calls['ECR BatchDeleteImage']!)) {
    wrong.push(...await killed([{ at: 'deletion', nth, carriedOut: true }], async (busy, later) => {
      const expected = isDone(busy) ? 'COMPLETE' : 'INCOMPLETE';
      busy.account.aws.faults.inject({ operation: 'ListTasks', kind: 'access-denied', nth: 3, times: Infinity });
      const { run } = await busy.engine({ run: { now: () => Date.now() + later } });
      busy.account.aws.faults.clear();
      expect(run.status).toBe(expected);
    }));
  }
  expect(wrong).toEqual([]);
});

test('until the lock runs out, the next run keeps away from what a killed one began', async () => {
  const busy = await BusyAccount.start();
  await new Victim(busy, { at: 'deletion', nth: 2, carriedOut: true }).run();
  const left = busy.images();
  const { run } = await busy.engine();
  expect(run).toMatchObject({ status: 'FAILED', exitStatus: 1 });
  expect(run.messages).toContainEqual(expect.objectContaining({ code: 'lock-held' }));
  expect(busy.images()).toEqual(left);
  await busy.stop();
});

test('of runs that start at the same moment one sweeps, and the others say that they met it', async () => {
  for (const bucket of [undefined, RECORD_BUCKET]) {
    const busy = await BusyAccount.start();
    const ended = await Promise.all([1, 2, 3].map(() => busy.engine({ bucket })));
    expect(ended.map(({ run }) => run.status).sort()).toEqual(['COMPLETE', 'FAILED', 'FAILED']);
    expect(ended.flatMap(({ run }) => run.messages.map(({ code }) => code))).toEqual(['lock-held', 'lock-held']);
    expect(busy.images()).toEqual(clean.after);
    await busy.stop();
  }
});

describe('the command line, killed for real', () => {
  let folder: string;
  let bundle: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kill-'));
    bundle = bundleEngine(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([1, 3, 6])('by SIGKILL at deletion %i', async (nth) => {
    const busy = await BusyAccount.start();
    const { aws } = busy.account;
    const record = join(folder, `record-${nth}`);
    const settings = join(folder, 'settings.json');
    writeFileSync(settings, JSON.stringify({ ...SETTINGS, version: 1, mode: 'ENFORCE', guards: { maxRetirePercent: 100 } }));
    const child = spawn(process.execPath, [bundle, 'sweep', '--settings', settings, '--record-dir', record, '--quiet'], {
      env: aws.environmentFor(aws.credentialsFor({ roleName: 'administrator' })),
      stdio: 'ignore',
    });
    let deletions = 0;
    const off = aws.onCall(({ operation }) => {
      if (operation === 'BatchDeleteImage' && ++deletions === nth) child.kill('SIGKILL');
    });
    const signal = await new Promise((resolve) => child.on('close', (_status, by) => resolve(by)));
    off();
    expect(signal).toBe('SIGKILL');
    expect(busy.images().length).toBeLessThan(clean.before.length);
    expect(busy.images().length).toBeGreaterThan(clean.after.length);
    expect(busy.lost()).toEqual([]);

    const { run } = await busy.engine({ record: folderRecord(record), run: { now: () => Date.now() + LATER } });
    expect(run).toMatchObject({ status: 'COMPLETE', messages: [] });
    expect(busy.images()).toEqual(clean.after);
    expect(busy.lost()).toEqual([]);
    await busy.stop();
  });
});
