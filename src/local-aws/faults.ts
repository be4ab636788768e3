/** What can go wrong between a caller and AWS, on demand. */
import type { ServiceName } from './call';

export type FaultKind =
  /** The service denies the call. */
  | 'access-denied'
  /** The service throttles the call. */
  | 'throttle'
  /** The service answers 500. */
  | 'server-error'
  /** No answer ever comes. */
  | 'timeout'
  /** The connection is reset. */
  | 'reset'
  /** The answer stops half-way. */
  | 'truncated'
  /** A 200 with a page of HTML, as from a proxy or an emulator that lacks the operation. */
  | 'html'
  /** Every page names the same next page. */
  | 'repeated-token'
  /** A 200 in which what was asked for stands in `failures`, and was not done. */
  | 'failures'
  /** A 200 without content. */
  | 'empty';

export interface Fault {
  readonly service?: ServiceName;
  readonly operation?: string;
  /** The first of the matching calls that it befalls, from 1. */
  readonly nth?: number;
  /** How many calls it befalls; 1 by default. */
  readonly times?: number;
  readonly kind: FaultKind;
  /** The error code, or the code of the failures. */
  readonly code?: string;
  /** Carry the operation out first: only the answer is lost. For `timeout`, `reset`, `server-error`, `html` and `empty`. */
  readonly after?: boolean;
  /** For `failures`: how many of the items fail, from the first; all by default. */
  readonly items?: number;
}

export class Faults {
  private injected: { fault: Fault; seen: number }[] = [];

  inject(fault: Fault): void {
    this.injected.push({ fault, seen: 0 });
  }

  clear(): void {
    this.injected = [];
  }

  /** The fault that befalls this call; counts the call for all that match. */
  next(service: ServiceName, operation: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const entry of this.injected) {
      const { fault } = entry;
      if (fault.service !== undefined && fault.service !== service) continue;
      if (fault.operation !== undefined && fault.operation !== operation) continue;
      entry.seen += 1;
      const first = fault.nth ?? 1;
      if (entry.seen >= first && entry.seen < first + (fault.times ?? 1)) hit ??= fault;
    }
    return hit;
  }
}
