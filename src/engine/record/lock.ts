import { damaged, writeOnce, type RecordStore, type StoredObject } from './store';

const KEY = 'lock.json';

/** How long a holder that has died keeps others out. A living one renews the lock long before. */
export const LOCK_LIFETIME = 5 * 60_000;
/** How often a living holder renews it, whatever else it is doing. */
const HEARTBEAT = 60_000;
/** Two machines' clocks may differ by this much; and the longest that one call that was begun with the lock may take beyond it. */
const CLOCK_SKEW = 30_000;

interface LockContent {
  readonly run: string;
  /** Milliseconds since the epoch; 0 once released. */
  readonly expiresAt: number;
}

/** Another run holds the lock. */
export class LockHeldError extends Error {
  constructor(readonly holder: string, readonly until: number) {
    super(`run ${holder} holds the lock until ${new Date(until).toISOString()}`);
    this.name = 'LockHeldError';
  }
}

/** The lock was lost: somebody took it over, or it ran out before it could be renewed. */
export class LockLostError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'LockLostError';
  }
}

/**
 * Sees to it that two runs never sweep at once: an object in the record that is only ever written on condition that it is still as it
 * was read. A holder that was killed loses it after {@link LOCK_LIFETIME}.
 */
export class RunLock {
  static async take(record: RecordStore, run: string, now: () => number): Promise<RunLock> {
    const expiresAt = now() + LOCK_LIFETIME;
    const body = content({ run, expiresAt });
    const present = await record.read(KEY);
    if (present) {
      const holder = parse(record, present.body);
      if (now() < holder.expiresAt + (holder.expiresAt > 0 ? CLOCK_SKEW : 0)) throw new LockHeldError(holder.run, holder.expiresAt);
    }
    const stored = await writeOnce(record, KEY, body, present ? { ifMatch: present.etag } : { ifAbsent: true });
    if (!stored) throw new LockHeldError('another', expiresAt);
    return new RunLock(record, run, now, stored, expiresAt);
  }

  private readonly heartbeat: NodeJS.Timeout;
  private renewing: Promise<unknown> = Promise.resolve();
  private lost: LockLostError | undefined;

  private constructor(
    private readonly record: RecordStore,
    private readonly run: string,
    private readonly now: () => number,
    private held: StoredObject,
    private expiresAt: number,
  ) {
    // A long reading renews nothing by itself. What the heartbeat cannot renew, the next check finds out.
    this.heartbeat = setInterval(() => void this.renew().catch(() => undefined), HEARTBEAT);
    this.heartbeat.unref();
  }

  /** Throws {@link LockLostError} when it is no longer certain that the lock is this run's. Costs nothing: for each single deletion. */
  check(): void {
    if (this.lost) throw this.lost;
    // Paused for too long (a frozen function, a suspended machine): another run may have come.
    if (this.now() >= this.expiresAt - CLOCK_SKEW) throw this.lose('the lock ran out before it was renewed');
  }

  /** Throws {@link LockLostError} when the lock is no longer this run's: then nothing more may be retired. */
  async renew(): Promise<void> {
    // One after the other: each renewal is on condition of what the one before it wrote.
    const renewal = this.renewing.then(() => this.renewNow());
    this.renewing = renewal.catch(() => undefined);
    await renewal;
  }

  /** Throws {@link LockLostError} when there was nothing to release. Afterwards nothing may be retired. */
  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    await this.renewing;
    const stored = await this.write({ run: this.run, expiresAt: 0 });
    this.lose('the lock was released');
    if (!stored) throw new LockLostError('another run has taken the lock');
  }

  private async renewNow(): Promise<void> {
    if (this.lost) throw this.lost;
    // Even a lock that ran out while something was read is still ours when nobody has touched it since: the condition tells.
    const expiresAt = this.now() + LOCK_LIFETIME;
    const stored = await this.write({ run: this.run, expiresAt });
    if (!stored) throw this.lose('another run has taken the lock');
    this.held = stored;
    this.expiresAt = expiresAt;
  }

  /** Of an earlier renewal the answer may have been lost: then the lock is still ours, in an edition that we have not seen. */
  private async write(lock: LockContent): Promise<StoredObject | undefined> {
    const stored = await writeOnce(this.record, KEY, content(lock), { ifMatch: this.held.etag });
    if (stored) return stored;
    const present = await this.record.read(KEY);
    if (!present || parse(this.record, present.body).run !== this.run) return undefined;
    return writeOnce(this.record, KEY, content(lock), { ifMatch: present.etag });
  }

  /** Once lost is lost for good: no heartbeat brings back what a check has found gone. */
  private lose(text: string): LockLostError {
    this.lost ??= new LockLostError(text);
    return this.lost;
  }
}

function content(lock: LockContent): string {
  return `${JSON.stringify(lock)}\n`;
}

/** A lock that cannot be read is nobody's to break. */
function parse(record: RecordStore, body: string): LockContent {
  try {
    const lock = JSON.parse(body) as Partial<LockContent> | null;
    if (typeof lock?.run === 'string' && typeof lock.expiresAt === 'number') return lock as LockContent;
  } catch {
    // Said below.
  }
  throw damaged(record, KEY, body);
}
