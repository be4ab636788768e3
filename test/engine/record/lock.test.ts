import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderRecord, memoryRecord, type RecordStore } from '../../../src/engine/record';
import { LOCK_LIFETIME, LockHeldError, LockLostError, RunLock } from '../../../src/engine/record/lock';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'record-'));
  folders.push(folder);
  return folder;
}

describe.each<[string, () => RecordStore]>([['memory', memoryRecord], ['folder', () => folderRecord(temporaryFolder())]])('the lock in a %s record', (_name, open) => {
  let record: RecordStore;
  let now: number;
  const clock = () => now;
  beforeEach(() => {
    record = open();
    now = Date.UTC(2026, 10, 22);
  });

  test('keeps a second run out, and names the first', async () => {
    await RunLock.take(record, 'first', clock);
    await expect(RunLock.take(record, 'second', clock)).rejects.toThrow(/run first holds the lock until 2026-11-22T00:05/);
  });

  test('is free again once released', async () => {
    await (await RunLock.take(record, 'first', clock)).release();
    await expect(RunLock.take(record, 'second', clock)).resolves.toBeInstanceOf(RunLock);
  });

  test('of a run that died expires, and not a moment before another clock could agree', async () => {
    await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME + 29_000;
    await expect(RunLock.take(record, 'second', clock)).rejects.toBeInstanceOf(LockHeldError);
    now += 2_000;
    await expect(RunLock.take(record, 'second', clock)).resolves.toBeInstanceOf(RunLock);
  });

  test('that is renewed stays', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME - 1;
    await lock.renew();
    now += LOCK_LIFETIME - 1;
    await expect(RunLock.take(record, 'second', clock)).rejects.toBeInstanceOf(LockHeldError);
  });

  test('that ran out while something was read is renewed when nobody took it', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME;
    await lock.renew();
    expect(() => lock.check()).not.toThrow();
    await lock.release();
  });

  test('that a check found run out is lost for good: no heartbeat brings it back', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME;
    expect(() => lock.check()).toThrow(LockLostError);
    await expect(lock.renew()).rejects.toBeInstanceOf(LockLostError);
    expect(() => lock.check()).toThrow(LockLostError);
    await lock.release();
  });

  test('allows nothing once it is released', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    await lock.release();
    expect(() => lock.check()).toThrow(/was released/);
    await expect(lock.renew()).rejects.toThrow(/was released/);
  });

  test('whose renewal took effect although its answer was lost is still ours, and is released', async () => {
    let fails = false;
    const flaky: RecordStore = {
      ...record,
      write: async (...args) => {
        const stored = await record.write(...args);
        if (fails) throw new Error('the answer was lost');
        return stored;
      },
    };
    const lock = await RunLock.take(flaky, 'first', clock);
    fails = true;
    now += 1000;
    await expect(lock.renew()).rejects.toThrow(/the answer was lost/);
    fails = false;
    now += 1000;
    await lock.renew();
    await lock.release();
    await expect(RunLock.take(record, 'second', clock)).resolves.toBeInstanceOf(RunLock);
  });

  test('allows nothing any more a little before it runs out: a call that was begun takes its time', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME - 30_000;
    expect(() => lock.check()).toThrow(LockLostError);
    await lock.release();
  });

  test('once lost stays lost', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    await record.write('lock.json', JSON.stringify({ run: 'second', expiresAt: now + LOCK_LIFETIME }));
    await expect(lock.renew()).rejects.toBeInstanceOf(LockLostError);
    expect(() => lock.check()).toThrow(LockLostError);
    await expect(lock.renew()).rejects.toBeInstanceOf(LockLostError);
    await expect(lock.release()).rejects.toBeInstanceOf(LockLostError);
  });

  test('that another run took over is lost to its holder, and is not released by it', async () => {
    const lock = await RunLock.take(record, 'first', clock);
    now += LOCK_LIFETIME + 60_000;
    await RunLock.take(record, 'second', clock);
    now -= 120_000;
    await expect(lock.renew()).rejects.toBeInstanceOf(LockLostError);
    await expect(lock.release()).rejects.toBeInstanceOf(LockLostError);
    await expect(RunLock.take(record, 'third', clock)).rejects.toThrow(/second/);
  });

  test('of two that come at the same instant, one gets it', async () => {
    const results = await Promise.allSettled([RunLock.take(record, 'a', clock), RunLock.take(record, 'b', clock), RunLock.take(record, 'c', clock)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('that cannot be read is nobody\'s to break', async () => {
    await record.write('lock.json', '{"half": ');
    await expect(RunLock.take(record, 'first', clock)).rejects.toThrow();
    await record.write('lock.json', '{"other": true}');
    await expect(RunLock.take(record, 'first', clock)).rejects.toThrow(/lock.json of the record .* cannot be read .* look at it/);
  });

  test('whose write was answered too late is still ours: what it wrote tells', async () => {
    const forgetful: RecordStore = { ...record, write: async (...args) => void (await record.write(...args)) };
    await expect(RunLock.take(forgetful, 'first', clock)).resolves.toBeInstanceOf(RunLock);
  });
});

test('the lock is renewed while its holder is busy with something else', async () => {
  const record = memoryRecord();
  jest.useFakeTimers();
  try {
    const lock = await RunLock.take(record, 'first', Date.now);
    await jest.advanceTimersByTimeAsync(3 * LOCK_LIFETIME);
    expect(() => lock.check()).not.toThrow();
    await expect(RunLock.take(record, 'second', Date.now)).rejects.toThrow(/run first holds the lock/);
    await lock.release();
  } finally {
    jest.useRealTimers();
  }
});
