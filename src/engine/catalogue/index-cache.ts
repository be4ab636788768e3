import { parseIndex } from './parse-index';
import type { RecordStore } from '../record/store';

/**
 * The manifests of indexes, kept from one reading to the next and from one run to the next. They cannot change, and reading one refreshes
 * its last pull time, so each is read once. What is kept counts only if it still has its digest; losing it costs a call, never safety.
 */
export class IndexCache {
  private readonly children = new Map<string, readonly string[]>();
  /** By repository, the manifests that its record has. */
  private readonly recorded = new Map<string, Map<string, string>>();
  private readonly fresh = new Map<string, Map<string, string>>();

  constructor(private readonly record?: RecordStore) {}

  /** The digests that an index lists; undefined when it has to be read. */
  of(digest: string): readonly string[] | undefined {
    return this.children.get(digest);
  }

  add(repository: string, digest: string, manifest: string, children: readonly string[]): void {
    this.children.set(digest, children);
    let fresh = this.fresh.get(repository);
    if (!fresh) this.fresh.set(repository, (fresh = new Map()));
    fresh.set(digest, manifest);
  }

  /** Takes in what earlier runs have read of a repository. */
  async load(repository: string): Promise<void> {
    if (!this.record || this.recorded.has(repository)) return;
    const manifests = new Map<string, string>();
    this.recorded.set(repository, manifests);
    for (const [digest, manifest] of Object.entries(await this.read(repository))) {
      const index = parseIndex(digest, typeof manifest === 'string' ? manifest : undefined);
      if (!('digests' in index)) continue;
      manifests.set(digest, manifest as string);
      this.children.set(digest, index.digests);
    }
  }

  /** Writes down what was read anew, and forgets what the repository no longer has. */
  async save(repository: string, present: ReadonlySet<string>): Promise<void> {
    const fresh = this.fresh.get(repository);
    if (!this.record || !fresh || fresh.size === 0) return;
    this.fresh.delete(repository);
    const manifests = new Map([...this.recorded.get(repository) ?? [], ...fresh].filter(([digest]) => present.has(digest)));
    this.recorded.set(repository, manifests);
    try {
      await this.record.write(keyOf(repository), `${JSON.stringify({ version: 1, manifests: Object.fromEntries(manifests) })}\n`);
    } catch {
      // The next run reads them again.
    }
  }

  private async read(repository: string): Promise<Record<string, unknown>> {
    try {
      const stored = await this.record!.read(keyOf(repository));
      const content = stored ? JSON.parse(stored.body) as { version?: unknown; manifests?: unknown } | null : undefined;
      return content?.version === 1 && typeof content.manifests === 'object' ? content.manifests as Record<string, unknown> ?? {} : {};
    } catch {
      return {};
    }
  }
}

function keyOf(repository: string): string {
  return `cache/indexes/${repository}.json`;
}
