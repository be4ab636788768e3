import { createHash } from 'node:crypto';
import type { RecordStore } from './store';
import { ENGINE_VERSION } from '../version';

const KEY = 'cache/immutable.json';

/**
 * Answers of AWS that cannot change (the images of a task definition revision), from one run to the next. They count only as a whole and
 * as this version of the engine wrote them, and whoever takes one out checks its shape; losing them costs time, never safety.
 */
export class ImmutableAnswers extends Map<string, unknown> {
  static async load(record: RecordStore): Promise<ImmutableAnswers> {
    const answers = new ImmutableAnswers();
    try {
      const stored = await record.read(KEY);
      const content = stored ? JSON.parse(stored.body) as { version?: unknown; checksum?: unknown; answers?: unknown } | null : undefined;
      if (content?.version !== 1 || typeof content.answers !== 'object' || content.checksum !== checksumOf(content.answers)) return answers;
      for (const [key, value] of Object.entries(content.answers ?? {})) answers.kept.set(key, value);
    } catch {
      // Everything is asked again.
    }
    return answers;
  }

  /** Of earlier runs. What this one has no use for is forgotten, so that the record does not grow for ever. */
  private readonly kept = new Map<string, unknown>();
  private changed = false;

  override get(key: string): unknown {
    if (!super.has(key) && this.kept.has(key)) super.set(key, this.kept.get(key));
    return super.get(key);
  }

  override set(key: string, value: unknown): this {
    this.changed = true;
    return super.set(key, value);
  }

  /** @param options.forget whether everything was read, so that what was not asked for has no use any more */
  async save(record: RecordStore, options: { forget: boolean }): Promise<void> {
    const answers = Object.fromEntries(options.forget ? this : [...this.kept, ...this]);
    if (!this.changed && Object.keys(answers).length === this.kept.size) return;
    this.changed = false;
    try {
      await record.write(KEY, `${JSON.stringify({ version: 1, checksum: checksumOf(answers), answers })}\n`);
    } catch {
      // The next run asks again.
    }
  }
}

function checksumOf(answers: unknown): string {
  return createHash('sha256').update(`${ENGINE_VERSION}\n${JSON.stringify(answers)}`).digest('hex');
}
