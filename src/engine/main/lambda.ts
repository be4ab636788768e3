import { reportLines } from './lambda-log';
import { type Services, SERVICES } from './services';
import { loadSettings } from './settings-source';
import type { Report, RunStatus } from '../../contract/report';
import { type Settings, SETTINGS_VARIABLE } from '../../contract/settings';
import { toJsonLine } from '../report/json';
import { BadInput, PLAN_HASH } from '../settings';

/** Of the time that Lambda leaves: kept back to release the lock and write the report. */
const MARGIN = 30_000;

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What the function answers; the whole report is in the record. */
export interface LambdaSummary {
  readonly run: string;
  readonly mode: string;
  readonly status: RunStatus;
  readonly counts: Report['run']['counts'];
  readonly bytes: Report['run']['bytes'];
  readonly planHash?: string;
}

/**
 * A run that must not look like a success: Lambda's error metric counts what is thrown, nothing else, and the function's failure
 * destination (the dead-letter queue) gets it.
 */
export class RunNotComplete extends Error {
  constructor({ run }: Report) {
    const told = run.messages.filter(({ level }) => level === 'error').map(({ text, fix }) => (fix ? `${text} (fix: ${fix})` : text));
    const problems = run.completeness.flatMap(({ source, problems: own }) => own.map(({ text, fix }) => `${source}: ${text}${fix ? ` (fix: ${fix})` : ''}`));
    const causes = [...new Set([...told, ...problems])];
    const more = causes.length > 5 ? `; and ${causes.length - 5} more` : '';
    super(`run ${run.id} of ${run.janitor} ended ${run.status}: ${causes.slice(0, 5).join('; ')}${more}`);
    this.name = { FAILED: 'ImageJanitorFailed', BAD_INPUT: 'ImageJanitorBadInput', INCOMPLETE: 'ImageJanitorIncomplete' }[run.status as string] ?? 'ImageJanitorError';
  }
}

/** @param write writes one line to the log */
export function createHandler(services: Services, env: NodeJS.ProcessEnv, write: (line: string) => void) {
  return async (event: unknown, context: LambdaContext): Promise<LambdaSummary> => {
    const deadline = deadlineOf(context);
    const source = env[SETTINGS_VARIABLE];
    if (!source) throw new BadInput(`the environment variable ${SETTINGS_VARIABLE} is not set`);
    const clients = await services.createClients({});
    try {
      const { settings, acknowledgePlan } = restrict(await loadSettings(source, async () => clients, process.cwd()), event);
      if (!settings.record && settings.mode === 'ENFORCE') throw new BadInput('the settings name no record bucket, and a sweep needs one');
      const report = await services.run({
        settings,
        clients,
        record: settings.record ? services.bucketRecord(clients, settings.record) : services.memoryRecord(),
        deadline,
        ...(acknowledgePlan === undefined ? {} : { acknowledgePlan }),
        progress: (progress) => write(toJsonLine({ type: 'progress', ...progress })),
      });
      for (const line of reportLines(report)) write(line);
      return summarise(report);
    } finally {
      clients.destroy();
    }
  };
}

/**
 * What the event asks for; all other keys are the scheduler's. The mode can only become safer than the settings say. Whoever may
 * invoke the function may also acknowledge a plan, and so let the images of one recorded plan pass the limits: that is the intended
 * way through for a person who has looked at it. Nothing else of the guard gives way.
 */
function restrict(settings: Settings, event: unknown): { settings: Settings; acknowledgePlan?: string } {
  const { mode, acknowledgePlan } = (typeof event === 'object' && event !== null ? event : {}) as { mode?: unknown; acknowledgePlan?: unknown };
  if (mode !== undefined && mode !== 'REPORT_ONLY' && mode !== settings.mode) {
    throw new BadInput(`the event asks for the mode ${JSON.stringify(mode)}, but the settings say ${settings.mode}: an event may only ask for REPORT_ONLY`);
  }
  if (acknowledgePlan !== undefined && (typeof acknowledgePlan !== 'string' || !PLAN_HASH.test(acknowledgePlan))) {
    throw new BadInput(`the event's acknowledgePlan is ${JSON.stringify(acknowledgePlan)}: give the hash that a report shows as planHash (16 hexadecimal digits)`);
  }
  return { settings: mode === 'REPORT_ONLY' ? { ...settings, mode } : settings, acknowledgePlan };
}

function deadlineOf(context: LambdaContext): number {
  const remaining = context.getRemainingTimeInMillis();
  // A function with a short timeout still gets most of it.
  return Date.now() + remaining - Math.min(MARGIN, remaining / 4);
}

function summarise(report: Report): LambdaSummary {
  const { id, mode, status, counts, bytes, planHash } = report.run;
  if (status !== 'COMPLETE' && status !== 'PARTIAL') throw new RunNotComplete(report);
  return { run: id, mode, status, counts, bytes, ...(planHash ? { planHash } : {}) };
}

// Past console.log, whose prefix (time, request ID, level) would make the metrics line something else than JSON.
export const handler = createHandler(SERVICES, process.env, (line) => void process.stdout.write(`${line}\n`));
