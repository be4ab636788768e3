import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { RecordStore, StoredObject, WriteCondition } from './store';

/** The record in a local folder. */
export function folderRecord(folder: string): RecordStore {
  const root = resolve(folder);
  const pathOf = (key: string): string => {
    const path = resolve(root, key);
    if (!path.startsWith(root + sep)) throw new Error(`record key ${JSON.stringify(key)} leaves the record folder`);
    return path;
  };

  const read = async (key: string): Promise<StoredObject | undefined> => {
    try {
      const body = await readFile(pathOf(key), 'utf8');
      return { body, etag: etagOf(body) };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
  };

  /** Writes beside the place and moves into it, so that a reader never sees half of it. */
  const put = async (path: string, body: string, ifAbsent: boolean): Promise<boolean> => {
    await makeFolder(dirname(path));
    const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(body, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    if (!ifAbsent) {
      await rename(temporary, path);
      return true;
    }
    try {
      // Unlike a rename, a link never replaces what is there.
      await link(temporary, path);
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw thrown;
    } finally {
      await rm(temporary, { force: true });
    }
  };

  return {
    location: root,
    read,

    async write(key: string, body: string, condition?: WriteCondition): Promise<StoredObject | undefined> {
      const path = pathOf(key);
      const stored = { body, etag: etagOf(body) };
      if (!condition) return (await put(path, body, false)) ? stored : undefined;
      if ('ifAbsent' in condition) return (await put(path, body, true)) ? stored : undefined;
      // A file system has no compare-and-swap: a guard file makes one writer at a time.
      const guard = `${path}.guard`;
      if (!(await takeGuard(put, guard))) return undefined;
      try {
        if ((await read(key))?.etag !== condition.ifMatch) return undefined;
        return (await put(path, body, false)) ? stored : undefined;
      } finally {
        await rm(guard, { force: true });
      }
    },

    async list(prefix: string): Promise<string[]> {
      let entries: string[];
      try {
        entries = (await readdir(root, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw thrown;
      }
      return entries.filter((key) => key.startsWith(prefix) && !/\.(tmp|guard)$/.test(key)).sort();
    },
  };
}

/** Throws when nothing can be kept in the folder, before a run depends on it. */
export async function prepareFolder(folder: string): Promise<void> {
  const root = resolve(folder);
  await makeFolder(root);
  const probe = join(root, `.${randomUUID()}.tmp`);
  await (await open(probe, 'wx')).close();
  await rm(probe);
}

/**
 * As mkdir does with `recursive`, which never comes back (seen with Node 20) where a folder is there but answers ENOENT for
 * whatever is to be made in it, as /proc does.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path || await stat(dirname(path)).then((above) => above.isDirectory(), () => false)) throw thrown;
    await makeFolder(dirname(path));
    await makeFolder(path);
  }
}

/** A writer that died holds its guard for this long. */
const GUARD_LIFETIME = 10_000;

async function takeGuard(put: (path: string, body: string, ifAbsent: boolean) => Promise<boolean>, guard: string): Promise<boolean> {
  if (await put(guard, '', true)) return true;
  const age = await stat(guard).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
  if (age < GUARD_LIFETIME) return false;
  await rm(guard, { force: true });
  return put(guard, '', true);
}

function etagOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
