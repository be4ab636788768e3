import type { TaskDefinitions } from './task-definitions';
import type { Undigested } from './undigested';
import type { Findings } from '../findings';
import type { UsageContext } from '../source';

/** What the parts of one reading of ECS share. */
export interface EcsReading {
  readonly context: UsageContext;
  readonly findings: Findings;
  readonly definitions: TaskDefinitions;
  readonly undigested: Undigested;
}
