import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderRecord } from '../../../src/engine/record';
import { prepareFolder } from '../../../src/engine/record/folder';
import { Journal, readLeftovers } from '../../../src/engine/record/journal';
import { readAcknowledged, writePlanned } from '../../../src/engine/record/plans';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'record-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the folder record', () => {
  test('reads back what it wrote, and lists it by prefix', async () => {
    const record = folderRecord(join(folder, 'deep', 'er'));
    expect(await record.list('')).toEqual([]);
    await record.write('runs/b.json', 'b');
    await record.write('runs/a.json', 'ä');
    await record.write('lock.json', '{}');
    expect(await record.list('runs/')).toEqual(['runs/a.json', 'runs/b.json']);
    expect((await record.read('runs/a.json'))?.body).toBe('ä');
    expect(await record.read('runs/c.json')).toBeUndefined();
  });

  test('writes nothing when a condition does not hold, and leaves no traces', async () => {
    const record = folderRecord(folder);
    const first = (await record.write('a', '1', { ifAbsent: true }))!;
    expect(await record.write('a', '2', { ifAbsent: true })).toBeUndefined();
    expect(await record.write('a', '3', { ifMatch: 'something else' })).toBeUndefined();
    expect((await record.read('a'))?.body).toBe('1');
    expect((await record.write('a', '4', { ifMatch: first.etag }))?.body).toBe('4');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test('gets past the guard of a writer that died, but not past a living one', async () => {
    const record = folderRecord(folder);
    const first = (await record.write('a', '1'))!;
    writeFileSync(join(folder, 'a.guard'), '');
    expect(await record.write('a', '2', { ifMatch: first.etag })).toBeUndefined();
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(join(folder, 'a.guard'), longAgo, longAgo);
    expect((await record.write('a', '2', { ifMatch: first.etag }))?.body).toBe('2');
  });

  test('never leaves its folder', async () => {
    await expect(folderRecord(join(folder, 'record')).write('../outside', 'x')).rejects.toThrow(/leaves the record folder/);
    expect(existsSync(join(folder, 'outside'))).toBe(false);
  });
});

describe('a folder that is to hold the record', () => {
  test('is made with all that is above it, and nothing is left in it', async () => {
    await prepareFolder(join(folder, 'deep', 'er', 'still'));
    await prepareFolder(join(folder, 'deep', 'er', 'still'));
    expect(readdirSync(join(folder, 'deep', 'er', 'still'))).toEqual([]);
  });

  test.each([['a file', 'file'], ['below a file', 'file/record']])('is refused where there is %s', async (_where, path) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(prepareFolder(join(folder, path))).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  test('is refused, not waited for, where a file system makes no folders', async () => {
    const nowhere = '/proc/record';
    if (process.platform !== 'linux') return;
    await expect(prepareFolder(join(nowhere, 'deep'))).rejects.toThrow('ENOENT');
    await expect(folderRecord(nowhere).write('lock.json', '{}')).rejects.toThrow('ENOENT');
  });
});

describe('the journal', () => {
  const entry = (id: string, roots: string[]) => ({ id, action: 'delete' as const, tags: [], mediaType: 'm', pushedAt: '2026-11-22T00:00:00.000Z', roots, wayBack: 'none' });

  test('names what is about to be done before it is done, and keeps what a killed run may have left without its root', async () => {
    const record = folderRecord(folder);
    await (await Journal.open(record, 'runs/1')).begin([entry('web@root', []), entry('web@child', ['root'])]);
    expect(JSON.parse((await record.read('runs/1/journal/0001-intent.json'))!.body).entries.map(({ id }: { id: string }) => id)).toEqual(['web@root', 'web@child']);
    expect(await readLeftovers(record)).toEqual(new Map([['web@child', ['root']]]));
  });

  test('forgets what AWS deleted, and keeps what stayed without its root', async () => {
    const record = folderRecord(folder);
    const journal = await Journal.open(record, 'runs/1');
    await journal.begin([entry('web@root', []), entry('web@a', ['root']), entry('web@b', ['root'])]);
    await journal.end([{ id: 'web@root', status: 'deleted' }, { id: 'web@a', status: 'deleted' }, { id: 'web@b', status: 'refused' }], new Set(['web@b']), async () => undefined);
    expect(await readLeftovers(record)).toEqual(new Map([['web@b', ['root']]]));
    const next = await Journal.open(record, 'runs/2');
    await next.forget((id) => id === 'web@b');
    await next.begin([]);
    expect(await readLeftovers(record)).toEqual(new Map());
  });

  test('that cannot be read stops the run', async () => {
    const record = folderRecord(folder);
    for (const body of ['{"version": 2}', 'garbage', 'null', '{"version":1,"images":null}', '{"version":1,"images":{"a":1}}']) {
      await record.write('sweep.json', body);
      await expect(readLeftovers(record)).rejects.toThrow(/sweep.json of the record .* cannot be read .* look at it, and delete it once no run is under way/);
    }
  });
});

test('an acknowledged plan is found by its hash, and nothing else is taken for one', async () => {
  const record = folderRecord(folder);
  await writePlanned(record, '0123456789abcdef', ['web@sha256:1']);
  expect(await readAcknowledged(record, '0123456789abcdef')).toEqual(new Set(['web@sha256:1']));
  expect(await readAcknowledged(record, 'fedcba9876543210')).toBeUndefined();
  await expect(readAcknowledged(record, '../lock')).rejects.toThrow(/no plan hash/);
});
