/**
 * Whatever goes wrong with whichever call, nothing in use is lost, the report says what it was, and the next run that nothing disturbs
 * ends where an undisturbed one would have.
 */
import { BusyAccount, RECORD_BUCKET, undisturbed } from './world';
import { findOperation, type AwsOperation } from '../../src/contract/operations';
import { EXIT_STATUS, type Report, type RunStatus } from '../../src/contract/report';
import type { Fault, FaultKind } from '../../src/local-aws';

jest.setTimeout(60_000);

type Undisturbed = Awaited<ReturnType<typeof undisturbed>>;
let clean: Undisturbed;
beforeAll(async () => { clean = await undisturbed(); });

const KINDS: readonly FaultKind[] = ['access-denied', 'throttle', 'server-error', 'timeout', 'reset', 'truncated', 'html', 'empty', 'repeated-token', 'failures'];
const POSITIONS = ['first', 'last', 'every'] as const;

/** Of each call that an undisturbed run makes, by operation. */
function operations(): readonly (AwsOperation & { readonly calls: number })[] {
  return Object.entries(clean.calls).map(([name, calls]) => {
    const [service, operation] = name.split(' ') as [string, string];
    return { ...findOperation(service, operation)!, calls };
  });
}

function couldFail({ operation, maxPage, maxBatch }: AwsOperation, kind: FaultKind): boolean {
  if (kind === 'repeated-token') return maxPage !== undefined;
  if (kind === 'failures') return maxBatch !== undefined && operation !== 'DescribeImages';
  return true;
}

/** The status of a run that a call of the operation spoils. */
function spoiled({ part }: AwsOperation): RunStatus {
  return part === 'catalogue' || part.startsWith('usage:') ? 'INCOMPLETE' : 'FAILED';
}

/** An account that stands for many runs, as long as they delete nothing. */
class Bench {
  private busy: BusyAccount | undefined;
  private runs = 0;

  /** Everything that is wrong with a run under these faults, and with what it leaves; its report. */
  async disturb(faults: readonly Fault[], requestTimeout?: number): Promise<{ report: Report; wrong: string[] }> {
    this.busy ??= await BusyAccount.start();
    for (const fault of faults) this.busy.account.aws.faults.inject(fault);
    const report = await this.run(requestTimeout);
    this.busy.account.aws.faults.clear();
    const images = this.busy.images();
    const wrong = [...this.busy.lost().map((id) => `lost ${id}`), ...wrongOutcomes(report, images)];
    if (report.run.status === 'COMPLETE' && images.join() !== clean.after.join()) wrong.push('COMPLETE, and something is still there');
    if (images.length < clean.before.length) wrong.push(...await this.settle());
    return { report, wrong };
  }

  /** The run that comes after: whatever went wrong before, it ends where an undisturbed one does. */
  async settle(): Promise<string[]> {
    if (!this.busy) return [];
    const { run } = await this.run();
    const wrong = this.busy.lost().map((id) => `lost ${id} afterwards`);
    if (run.status !== 'COMPLETE') wrong.push(`the run afterwards is ${run.status}: ${run.messages.map(({ text }) => text).join('; ')}`);
    const left = this.busy.images().filter((id) => !clean.after.includes(id));
    if (left.length > 0) wrong.push(`the run afterwards leaves ${left.join()}`);
    await this.stop();
    return wrong;
  }

  async stop(): Promise<void> {
    await this.busy?.stop();
    this.busy = undefined;
    this.runs = 0;
  }

  private run(requestTimeout?: number): Promise<Report> {
    // Each run begins when a lock that the one before could not release has run out.
    const later = ++this.runs * 10 * 60_000;
    return this.busy!.engine({ requestTimeout, bucket: RECORD_BUCKET, run: { now: () => Date.now() + later } });
  }
}

/** What the report says of images that is not so. */
function wrongOutcomes(report: Report, present: readonly string[]): string[] {
  const wrong = clean.after.filter((id) => !present.includes(id)).map((id) => `${id} was deleted`);
  for (const { id, verdict, outcome } of report.images) {
    if ((outcome.status === 'deleted') === present.includes(id)) wrong.push(`${id} is ${outcome.status}, and that is wrong`);
    if (verdict === 'delete' && ['none', 'planned'].includes(outcome.status)) wrong.push(`${id} is to be deleted, and its outcome is ${outcome.status}`);
  }
  return wrong;
}

/** What a person is told of the fault that is wrong. */
function wrongWords({ run }: Report, row: AwsOperation, kind: FaultKind): string[] {
  if (run.status === 'COMPLETE') return [];
  const wrong: string[] = [];
  if (run.status !== spoiled(row)) wrong.push(`the run is ${run.status}`);
  if (run.exitStatus !== EXIT_STATUS[run.status]) wrong.push(`the exit status is ${run.exitStatus}`);
  const told = run.messages.filter(({ text }) => text.includes(`${row.service} ${row.operation}`));
  if (told.length === 0) wrong.push(`no message names the operation: ${run.messages.map(({ text }) => text).join('; ')}`);
  if (kind === 'access-denied' && row.action && !told.some(({ text, fix }) => text.includes(row.action!) && fix?.includes(row.action!))) {
    wrong.push(`no message names ${row.action} and the fix: ${JSON.stringify(told)}`);
  }
  return wrong;
}

const bench = new Bench();
afterEach(() => bench.stop());

test.each(KINDS)('%s, on the first, the last or every call of any operation', async (kind) => {
  const wrong: string[] = [];
  for (const row of operations().filter((each) => couldFail(each, kind))) {
    for (const position of POSITIONS) {
      // Waiting is slow, and with one call they are all the same.
      if (position !== 'every' && (row.calls === 1 || (kind === 'timeout' && position === 'first'))) continue;
      const when = { first: {}, last: { nth: row.calls }, every: { times: Infinity } }[position];
      const fault: Fault = { service: row.service, operation: row.operation, kind, ...when };
      const { report, wrong: found } = await bench.disturb([fault], kind === 'timeout' ? 250 : undefined);
      found.push(...wrongWords(report, row, kind));
      if (position === 'every' && report.run.status === 'COMPLETE') found.push('the run is COMPLETE');
      wrong.push(...found.map((text) => `${position} ${row.service} ${row.operation}: ${text}`));
    }
    wrong.push(...(await bench.settle()).map((text) => `after ${row.service} ${row.operation}: ${text}`));
  }
  expect(wrong).toEqual([]);
});

test.each(['timeout', 'reset', 'server-error', 'html', 'empty'] as const)('%s of an answer, after the call was carried out, on any call that writes', async (kind) => {
  const wrong: string[] = [];
  for (const row of operations().filter(({ operation }) => operation === 'BatchDeleteImage' || (operation === 'PutObject' && kind !== 'timeout'))) {
    for (let nth = 1; nth <= row.calls; nth += 1) {
      const { report, wrong: found } = await bench.disturb([{ service: row.service, operation: row.operation, kind, nth, after: true }], kind === 'timeout' ? 250 : undefined);
      wrong.push(...[...found, ...wrongWords(report, row, kind)].map((text) => `${row.service} ${row.operation} ${nth}: ${text}`));
    }
    wrong.push(...await bench.settle());
  }
  expect(wrong).toEqual([]);
});

test.each(['throttle', 'server-error', 'timeout', 'reset'] as const)('%s that passes is outlasted: the run is complete', async (kind) => {
  const busy = await BusyAccount.start();
  try {
    // A client that was throttled holds itself back for long: here only those that have no more to do after it.
    const befallen = kind !== 'throttle' ? operations() : operations().filter(({ operation }) => ['GetCallerIdentity', 'BatchDeleteImage'].includes(operation));
    for (const { service, operation, calls } of befallen) busy.account.aws.faults.inject({ service, operation, kind, nth: kind === 'throttle' ? calls : 1 });
    const { run } = await busy.engine({ bucket: RECORD_BUCKET, maxAttempts: 3, requestTimeout: kind === 'timeout' ? 300 : undefined });
    expect(run.messages).toEqual([]);
    expect(run.status).toBe('COMPLETE');
    expect(busy.images()).toEqual(clean.after);
    expect(run.calls.reduce((sum, { retries }) => sum + retries, 0)).toBe(befallen.length);
  } finally {
    await busy.stop();
  }
});

test('an answer that is lost once is no matter: the repeated call meets what the first one did, and the run is complete', async () => {
  for (const { service, operation, calls } of operations().filter(({ part }) => part === 'record' || part === 'sweep:container-images')) {
    for (let nth = 1; nth <= calls; nth += 1) {
      const busy = await BusyAccount.start();
      busy.account.aws.faults.inject({ service, operation, kind: 'reset', after: true, nth });
      const { run } = await busy.engine({ bucket: RECORD_BUCKET, maxAttempts: 2 });
      expect({ operation, nth, status: run.status, messages: run.messages }).toEqual({ operation, nth, status: 'COMPLETE', messages: [] });
      expect(run.counts.deleted).toBe(clean.before.length - clean.after.length);
      expect(busy.images()).toEqual(clean.after);
      await busy.stop();
    }
  }
});

test('any two faults at once', async () => {
  // Park and Miller's generator: the same hundred pairs each time.
  let state = 20261122;
  const random = (below: number) => Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) * below);
  const wrong: string[] = [];
  for (let pair = 0; pair < 100; pair += 1) {
    const faults = [0, 1].map((): Fault => {
      const rows = operations();
      const row = rows[random(rows.length)]!;
      const kinds = KINDS.filter((each) => each !== 'timeout' && couldFail(row, each));
      const kind = kinds[random(kinds.length)]!;
      const after = ['reset', 'server-error', 'html', 'empty'].includes(kind) && random(2) === 0;
      return { service: row.service, operation: row.operation, kind, after, nth: 1 + random(row.calls), times: [1, 2, Infinity][random(3)] };
    });
    const { wrong: found } = await bench.disturb(faults);
    wrong.push(...found.map((text) => `${JSON.stringify(faults)}: ${text}`));
  }
  wrong.push(...await bench.settle());
  expect(wrong).toEqual([]);
});
