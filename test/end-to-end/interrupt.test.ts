import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleEngine } from './bundle';
import { Account } from './support';
import type { Report } from '../../src/contract/report';

/** The command line as it is shipped, in a process of its own, which somebody interrupts amid its first deletion. */
jest.setTimeout(60_000);

let folder: string;
let program: string;
let account: Account;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interrupt-'));
  program = bundleEngine(folder);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({
    version: 1,
    containerImages: [{ repositories: ['*'], expireAfter: 'P14D', keepLatest: 1, keepTags: [] }],
    guards: { maxRetirePercent: 100 },
  }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  account = await Account.start();
  // One repository, whose three calls come one after the other: something is left to do when the first is interrupted.
  for (let at = 0; at < 300; at += 1) account.oldImage('app', [`build-${at}`]);
});
afterEach(() => account.stop());

const left = () => account.digests('app').length;

async function sweep(record: string, interrupt?: (child: ChildProcess) => Promise<void>) {
  const { aws } = account;
  const environment = { PATH: process.env.PATH, HOME: folder, ...aws.environmentFor(aws.credentialsFor({ roleName: 'administrator' })) };
  const child = spawn(process.execPath, [program, 'sweep', '--settings', 'settings.json', '--record-dir', record, '--format', 'json'], { cwd: folder, env: environment });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  let interrupted = false;
  aws.onCall(async ({ operation }) => {
    if (operation !== 'BatchDeleteImage' || interrupted || !interrupt) return;
    interrupted = true;
    await interrupt(child);
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr, lock: JSON.parse(readFileSync(join(folder, record, 'lock.json'), 'utf8')) as { expiresAt: number } };
}

/** Until the program has heard of the signal. */
const heard = (child: ChildProcess) => new Promise<void>((resolve) => child.stderr!.on('data', (data) => String(data).includes('stopping') && resolve()));
const ended = (child: ChildProcess) => new Promise<void>((resolve) => child.on('close', () => resolve()));

test.each(['SIGINT', 'SIGTERM'] as const)('a sweep that is interrupted by %s leaves a report and no lock, and the next one goes on', async (signal) => {
  const first = await sweep(signal, async (child) => {
    child.kill(signal);
    await heard(child);
  });
  expect(first.stderr).toContain(`note: ${signal}: stopping before the next batch`);
  const { run, images } = JSON.parse(first.stdout) as Report;
  expect([first.status, run.status]).toEqual([4, 'PARTIAL']);
  expect(run.counts.deleted).toBeGreaterThan(0);
  expect(left()).toBe(301 - run.counts.deleted);
  expect(images.filter(({ outcome }) => outcome.status === 'not-attempted').length).toBe(300 - run.counts.deleted);
  expect(first.lock.expiresAt).toBe(0);
  expect((await sweep(signal)).status).toBe(0);
  expect(left()).toBe(1);
});

test('a second signal ends it at once', async () => {
  const { status, stdout, lock } = await sweep('twice', async (child) => {
    child.kill('SIGINT');
    await heard(child);
    child.kill('SIGINT');
    await ended(child);
  });
  expect([status, stdout]).toEqual([130, '']);
  expect(lock.expiresAt).toBeGreaterThan(Date.now());
});
