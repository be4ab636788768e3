/** What a sweep does when its time, its lock or its evidence runs out in the middle. */
import { Account, imageOf } from './support';
import { AwsError } from '../../src/local-aws';

const MINUTE = 60_000;

let account: Account;
beforeEach(async () => { account = await Account.start(); });
afterEach(() => account.stop());

/** Old images in some repositories, so many that each takes more than one call. */
function fill(repositories: readonly string[], images = 150): void {
  for (const repository of repositories) {
    for (let image = 0; image < images; image += 1) account.aws.ecr.pushImage(repository, { tags: [`v${image}`], at: account.ago(100 + image) });
    account.aws.ecr.pushImage(repository, { tags: ['young'], at: account.ago(2) });
  }
}

function gone(repositories: readonly string[], images = 150): number {
  return repositories.reduce((sum, repository) => sum + images + 1 - account.digests(repository).length, 0);
}

test('what was read of the usage counts for some minutes: a slow sweep reads it again, and sees the service that was deployed meanwhile', async () => {
  fill(['web']);
  let now = Date.now();
  let deletions = 0;
  account.aws.onCall(({ operation, input }) => {
    if (operation !== 'BatchDeleteImage') return;
    deletions += 1;
    if (deletions > 1) return;
    // The first call takes its time (the lock holds all the while), and somebody deploys an image that a later call would delete.
    now += 4.2 * MINUTE;
    const named = new Set((input.imageIds as { imageDigest: string }[]).map(({ imageDigest }) => imageDigest));
    const later = [...account.aws.ecr.repository('web').images.values()].find(({ digest, tags }) => !named.has(digest) && !tags.has('young'))!;
    account.aws.ecs.registerTaskDefinition({ family: 'late', images: [account.uri('web', `@${later.digest}`)] });
    account.aws.ecs.services.create({ cluster: 'main', serviceName: 'late', taskDefinition: 'late:1' });
  });
  const report = await account.engine({ run: { now: () => now } });
  expect(account.aws.pullEverything().filter(({ problem }) => problem !== undefined)).toEqual([]);
  expect(report.run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 149, dropped: 1 } });
  expect(gone(['web'])).toBe(149);
});

test('a lock that is lost in one repository stops all of them; what was deleted is reported, and the run fails', async () => {
  const repositories = ['a', 'b', 'c', 'd'];
  fill(repositories);
  let now = Date.now();
  let deletions = 0;
  account.aws.onCall(({ operation }) => {
    if (operation === 'BatchDeleteImage' && ++deletions === 4) now += 6 * MINUTE;
  });
  const report = await account.engine({ run: { now: () => now }, settings: { guards: { maxRetirePercent: 100, maxRetireCount: 10_000 } } });
  const deleted = gone(repositories);
  expect(deleted).toBeLessThan(600);
  expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted } });
  expect(report.run.messages).toContainEqual(expect.objectContaining({ text: expect.stringContaining('the lock ran out') }));
  const outcome = (await account.record.list('runs/')).find((key) => key.endsWith('0001-outcome.json'))!;
  const outcomes = JSON.parse((await account.record.read(outcome))!.body).outcomes as { status: string }[];
  expect(outcomes.filter(({ status }) => status === 'deleted')).toHaveLength(deleted);
});

test('a run that has lost its lock leaves the open sweep of its successor alone, and does not call itself complete', async () => {
  account.oldImage('web');
  const successor = JSON.stringify({ version: 1, images: { 'web@sha256:1': ['sha256:2'] } });
  account.aws.onCall(async ({ operation }) => {
    if (operation !== 'BatchDeleteImage') return;
    await account.record.write('lock.json', JSON.stringify({ run: 'successor', expiresAt: Date.now() + MINUTE }));
    await account.record.write('sweep.json', successor);
  });
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted: 1 } });
  expect((await account.record.read('sweep.json'))!.body).toBe(successor);
});

test('a stop that comes with the last deletion is a complete run', async () => {
  account.oldImage('web');
  const stop = new AbortController();
  account.aws.onCall(({ operation }) => {
    if (operation === 'BatchDeleteImage') stop.abort();
  });
  expect((await account.engine({ run: { stop: stop.signal } })).run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 1 } });
});

test('deleting that fails in one repository after the other ends the sweep', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `r${String(index).padStart(2, '0')}`);
  for (const name of names) account.oldImage(name);
  account.aws.onCall(({ operation }) => {
    if (operation === 'BatchDeleteImage') throw new AwsError('ServerException', 'nothing works', 500);
  });
  const report = await account.engine({ maxAttempts: 1 });
  expect(report.run.status).toBe('FAILED');
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'sweep-failed', text: expect.stringContaining('too many repositories') }));
  expect(account.aws.calls.of('ECR', 'BatchDeleteImage').length).toBeLessThan(12);
});

test('a failed deletion is told although the re-reading failed, too', async () => {
  account.oldImage('a');
  fill(['b'], 600);
  account.aws.onCall(({ operation, input }) => {
    if (operation === 'BatchDeleteImage' && input.repositoryName === 'a') throw new AwsError('AccessDeniedException', 'no');
  });
  account.aws.faults.inject({ operation: 'ListClusters', kind: 'access-denied', nth: 3 });
  const report = await account.engine({ maxAttempts: 1, settings: { guards: { maxRetirePercent: 100, maxRetireCount: 10_000 } } });
  expect(report.run.status).toBe('FAILED');
  expect(report.run.messages.map(({ text }) => text).join()).toMatch(/ecr:BatchDeleteImage.*ecs:ListClusters|ecs:ListClusters.*ecr:BatchDeleteImage/s);
});

test('a report that cannot be recorded fails the run, and is answered all the same', async () => {
  const digest = account.oldImage('web');
  const record = {
    ...account.record,
    write: async (...args: Parameters<typeof account.record.write>) => {
      if (args[0].endsWith('/report.json')) throw new Error('the bucket is gone');
      return account.record.write(...args);
    },
  };
  const report = await account.engine({ record });
  expect(report.run).toMatchObject({ status: 'FAILED', exitStatus: 1, messages: [{ code: 'report-not-recorded', text: expect.stringContaining('the bucket is gone') }] });
  expect(imageOf(report, digest).outcome.status).toBe('deleted');
});

test('immutable answers outlive a run that did not get as far as to ask for them', async () => {
  account.oldImage('web');
  for (let family = 0; family < 10; family += 1) account.aws.ecs.registerTaskDefinition({ family: `f${family}`, images: [account.uri('web', ':young')] });
  await account.engine();
  account.aws.faults.inject({ operation: 'ListTaskDefinitions', kind: 'access-denied' });
  expect((await account.engine({ maxAttempts: 1 })).run.status).toBe('INCOMPLETE');
  account.aws.calls.reset();
  expect((await account.engine()).run.status).toBe('COMPLETE');
  expect(account.aws.calls.of('ECS', 'DescribeTaskDefinition')).toHaveLength(0);
});

test('a repository that cannot be swept keeps neither its batch nor the batches after it from being swept', async () => {
  fill(['a'], 300);
  fill(['b', 'c'], 300);
  account.aws.onCall(({ operation, input }) => {
    if (operation === 'BatchDeleteImage' && input.repositoryName === 'a') throw new AwsError('AccessDeniedException', 'no');
  });
  const report = await account.engine({ settings: { guards: { maxRetirePercent: 100, maxRetireCount: 10_000 } } });
  expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted: 600, failed: 300 } });
  expect(report.run.messages.map(({ code }) => code)).not.toContain('stopped');
});

test('a stop between an index and its children is PARTIAL, and the next run finishes them', async () => {
  account.aws.ecr.pushMultiArch('web', { tags: ['v1'], at: account.ago(60) });
  account.aws.ecr.pushImage('web', { tags: ['young'], at: account.ago(2) });
  const stop = new AbortController();
  const off = account.aws.onCall(({ operation }) => {
    if (operation === 'BatchDeleteImage') stop.abort();
  });
  expect((await account.engine({ run: { stop: stop.signal } })).run).toMatchObject({ status: 'PARTIAL', counts: { deleted: 1, failed: 2 } });
  off();
  expect((await account.engine()).run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 2 } });
});

test('a stop while the usage is read again is heeded before that reading ends, and what it still says is not in the report', async () => {
  const digest = account.oldImage('web');
  const stop = new AbortController();
  let listings = 0;
  let answer = (): void => undefined;
  account.aws.onCall(async ({ operation }) => {
    if (operation !== 'ListClusters' || ++listings !== 2) return;
    stop.abort();
    await new Promise<void>((resolve) => { answer = resolve; });
    throw new AwsError('AccessDeniedException', 'too late');
  });
  // Were the reading waited for, this would never end.
  const report = await account.engine({ maxAttempts: 1, run: { stop: stop.signal } });
  expect(report.run.status).toBe('PARTIAL');
  const told = [...report.run.messages];
  answer();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(report.run.messages).toEqual(told);
  expect(account.exists('web', digest)).toBe(true);
});
