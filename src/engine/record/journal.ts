import { damaged, writeOnce, type RecordStore, type StoredObject } from './store';

const OPEN_KEY = 'sweep.json';

/** What a sweep is about to do to one image, written before it is done. */
export interface JournalEntry {
  /** `repository@sha256:…` */
  readonly id: string;
  readonly action: 'delete';
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly pushedAt: string;
  /** Digests of the roots that it goes with; none for a root. */
  readonly roots: readonly string[];
  readonly wayBack: string;
}

/** What AWS answered. */
export interface JournalOutcome {
  readonly id: string;
  readonly status: string;
  readonly code?: string;
  readonly text?: string;
}

/**
 * Images that belong to a root which a killed run deleted, or may have deleted, with those roots: once the roots are gone, the next
 * run finishes what was begun.
 */
export type Leftovers = ReadonlyMap<string, readonly string[]>;

/**
 * The journal of a run: per batch, what is going to be done, and then what came of it. Beside it, at the
 * root of the record, stands the open sweep with the {@link Leftovers}.
 */
export class Journal {
  static async open(record: RecordStore, folder: string): Promise<Journal> {
    const stored = await record.read(OPEN_KEY);
    return new Journal(record, folder, parseLeftovers(record, stored), stored);
  }

  private batch = 0;
  private readonly leftovers: Map<string, readonly string[]>;
  /** As they were before the batch that is open. */
  private before: Leftovers = new Map();

  private constructor(
    private readonly record: RecordStore,
    private readonly folder: string,
    leftovers: Leftovers,
    private stored: StoredObject | undefined,
  ) {
    this.leftovers = new Map(leftovers);
  }

  /** Forgets what is settled: leftovers that are gone, or whose root is there after all. */
  async forget(isSettled: (id: string, roots: readonly string[]) => boolean): Promise<void> {
    const settled = [...this.leftovers].filter(([id, roots]) => isSettled(id, roots));
    if (settled.length === 0) return;
    for (const [id] of settled) this.leftovers.delete(id);
    await this.writeOpen();
  }

  async begin(entries: readonly JournalEntry[]): Promise<void> {
    this.batch += 1;
    this.before = new Map(this.leftovers);
    await this.record.write(`${this.folder}/journal/${this.number}-intent.json`, `${JSON.stringify({ entries }, undefined, 2)}\n`);
    for (const { id, roots } of entries) if (roots.length > 0) this.leftovers.set(id, roots);
    await this.writeOpen();
  }

  /**
   * Writes what came of the batch, whatever that is, and then what it left open.
   *
   * @param leftBehind images of the batch that are still there although the root that they belonged to is gone
   * @param isHeld throws when another run may have begun: then what is open is for that one to say
   */
  async end(outcomes: readonly JournalOutcome[], leftBehind: ReadonlySet<string>, isHeld: () => Promise<void>): Promise<void> {
    await this.record.write(`${this.folder}/journal/${this.number}-outcome.json`, `${JSON.stringify({ outcomes }, undefined, 2)}\n`);
    for (const { id, status } of outcomes) {
      if (leftBehind.has(id)) continue;
      // What an earlier sweep left behind, and this one could not delete, is still left behind.
      const roots = status === 'deleted' ? undefined : this.before.get(id);
      if (roots) this.leftovers.set(id, roots);
      else this.leftovers.delete(id);
    }
    await isHeld();
    await this.writeOpen();
  }

  private get number(): string {
    return String(this.batch).padStart(4, '0');
  }

  private async writeOpen(): Promise<void> {
    const images = Object.fromEntries([...this.leftovers].sort(([a], [b]) => (a < b ? -1 : 1)));
    const condition = this.stored ? { ifMatch: this.stored.etag } : { ifAbsent: true as const };
    this.stored = await writeOnce(this.record, OPEN_KEY, `${JSON.stringify({ version: 1, images })}\n`, condition);
    if (!this.stored) throw new Error(`${OPEN_KEY} of the record was written by another run`);
  }
}

/** What earlier sweeps left open. */
export async function readLeftovers(record: RecordStore): Promise<Leftovers> {
  return parseLeftovers(record, await record.read(OPEN_KEY));
}

function parseLeftovers(record: RecordStore, stored: StoredObject | undefined): Leftovers {
  if (!stored) return new Map();
  try {
    const content = JSON.parse(stored.body) as { version?: unknown; images?: Record<string, unknown> | null } | null;
    if (content?.version === 1 && typeof content.images === 'object' && content.images !== null) {
      const entries = Object.entries(content.images);
      if (entries.every(([, roots]) => Array.isArray(roots))) return new Map(entries.map(([id, roots]) => [id, (roots as unknown[]).map(String)]));
    }
  } catch {
    // Said below.
  }
  throw damaged(record, OPEN_KEY, stored.body);
}
