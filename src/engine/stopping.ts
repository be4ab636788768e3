/** The deadline came, or somebody asked the run to end. */
export class StoppedError extends Error {}

/** When a run has to end: at its deadline, or when it is asked to. */
export class Stopping {
  constructor(
    private readonly now: () => number,
    /** Milliseconds since the epoch. */
    private readonly deadline?: number,
    private readonly signal?: AbortSignal,
  ) {}

  get isDue(): boolean {
    return this.signal?.aborted === true || (this.deadline !== undefined && this.now() >= this.deadline);
  }

  /** Gives work up when the time comes; throws {@link StoppedError}. */
  async before<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDue) throw new StoppedError();
    const { deadline, signal } = this;
    const over = new AbortController();
    const stopped = new Promise<never>((_resolve, reject) => {
      const end = (): void => reject(new StoppedError());
      // setTimeout cannot wait for longer than 2^31 ms; so far off, there is no deadline.
      const timer = deadline === undefined ? undefined : setTimeout(end, Math.min(deadline - this.now(), 2 ** 31 - 1));
      signal?.addEventListener('abort', end, { signal: over.signal });
      over.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    try {
      return await Promise.race([work(), stopped]);
    } finally {
      over.abort();
    }
  }
}
