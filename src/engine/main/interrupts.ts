/** What happens to a run when somebody, or the machine that it runs on, wants it to end. */
import { constants } from 'node:os';

type Signal = 'SIGINT' | 'SIGTERM';

/** `process`, as far as this needs it. */
export interface SignalSource {
  on(signal: Signal, listener: (signal: Signal) => void): unknown;
  off(signal: Signal, listener: (signal: Signal) => void): unknown;
  exit(status: number): void;
}

/**
 * Does the work with a signal that is aborted on the first SIGINT or SIGTERM, so that a sweep can leave a report and no lock behind.
 * The second ends the program at once, with the status that a shell gives to a program that a signal ended.
 */
export async function interruptible<T>(
  source: SignalSource | undefined,
  say: (text: string) => void,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const listener = (signal: Signal) => {
    if (controller.signal.aborted) {
      source?.exit(128 + constants.signals[signal]);
      return;
    }
    controller.abort();
    say(`${signal}: stopping before the next batch; ${signal === 'SIGINT' ? 'press again' : 'signal again'} to end at once`);
  };
  source?.on('SIGINT', listener);
  source?.on('SIGTERM', listener);
  try {
    return await work(controller.signal);
  } finally {
    source?.off('SIGINT', listener);
    source?.off('SIGTERM', listener);
  }
}
