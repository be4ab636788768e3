import type { Report } from '../contract/report';
import type { Settings } from '../contract/settings';
import type { Clients } from './aws/clients';
import type { RecordStore } from './record/store';

export interface RunOptions {
  /** Validated (see ./settings.ts). */
  readonly settings: Settings;
  readonly clients: Clients;
  readonly record: RecordStore;
  /** Milliseconds since the epoch at which the run must have ended; none by default. */
  readonly deadline?: number;
  /** As `guards.acknowledgePlan` of the settings; wins over it. */
  readonly acknowledgePlan?: string;
  /** The engine's clock. @default Date.now */
  readonly now?: () => number;
  readonly progress?: (event: ProgressEvent) => void;
}

/** For a person who watches. */
export interface ProgressEvent {
  readonly phase: 'lock' | 'catalogue' | 'usage' | 'plan' | 'guard' | 'sweep' | 'report';
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
}

/** One run, from the lock to the report. Never throws for what AWS answers: the report's status says how it ended. */
export async function run(_options: RunOptions): Promise<Report> {
  throw new Error('to be written');
}
