import type { RecordStore } from './store';

const KEY = 'cache/immutable.json';

/**
 * Answers of AWS that cannot change (the images of a task definition revision), from one run to the next. Whoever takes one out checks
 * its shape; losing them costs time, never safety.
 */
export class ImmutableAnswers extends Map<string, unknown> {
  static async load(record: RecordStore): Promise<ImmutableAnswers> {
    const answers = new ImmutableAnswers();
    try {
      const stored = await record.read(KEY);
      const content = stored ? JSON.parse(stored.body) as { version?: unknown; answers?: unknown } | null : undefined;
      if (content?.version !== 1 || typeof content.answers !== 'object') return answers;
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

  async save(record: RecordStore): Promise<void> {
    if (!this.changed && this.size === this.kept.size) return;
    this.changed = false;
    try {
      await record.write(KEY, `${JSON.stringify({ version: 1, answers: Object.fromEntries(this) })}\n`);
    } catch {
      // The next run asks again.
    }
  }
}
