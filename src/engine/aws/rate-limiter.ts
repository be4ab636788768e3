import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { findOperation } from '../../contract/operations';

/**
 * Bounds the calls under way, and keeps each operation within half of its published rate: the other half belongs to everyone else in
 * the account (deployments, autoscaling, consoles).
 */
export class RateLimiter {
  private readonly closing = new AbortController();
  private active = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly concurrency: number,
    private readonly share = 0.5,
    private readonly clock: () => number = () => performance.now(),
    private readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void> =
    (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
  ) {
    // As many calls may wait as there are task definitions.
    setMaxListeners(0, this.closing.signal);
  }

  /** Nothing is called any more, not even what waits already: a run that ended early leaves no calls behind. */
  close(): void {
    this.closing.abort();
  }

  async run<T>(service: string, operation: string, call: () => Promise<T>): Promise<T> {
    await this.token(service, operation);
    if (this.active >= this.concurrency) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.active += 1;
    try {
      if (this.closing.signal.aborted) throw new Error(`${service} ${operation} was not called: the run has ended`);
      return await call();
    } finally {
      // A waiting call takes over this one's place.
      const next = this.waiting.shift();
      if (next) next();
      else this.active -= 1;
    }
  }

  private async token(service: string, operation: string): Promise<void> {
    const rate = findOperation(service, operation)?.rate;
    if (!rate) return;
    const key = `${service} ${operation}`;
    let bucket = this.buckets.get(key);
    if (!bucket) this.buckets.set(key, (bucket = new TokenBucket(rate.burst * this.share, rate.perSecond * this.share, this.clock())));
    const wait = bucket.take(this.clock());
    if (wait > 0) await this.sleep(wait, this.closing.signal);
  }
}

/** Hands out tokens in the order they are asked for; a caller that comes too early is told how long to wait. */
class TokenBucket {
  private tokens: number;

  constructor(private readonly burst: number, private readonly perSecond: number, private at: number) {
    this.tokens = burst;
  }

  take(now: number): number {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : (-this.tokens / this.perSecond) * 1000;
  }
}
