/** `plan`, `sweep` and `run`: the same run in the mode that the command says. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliCommand, CommandContext } from './commands';
import { interruptible } from './interrupts';
import { checkOutput } from './output-file';
import { loadSettings } from './settings-source';
import { useColors } from './terminal';
import { EXIT_STATUS, type Report } from '../../contract/report';
import { type Mode, type Settings, ACKNOWLEDGE_VARIABLE, SETTINGS_VARIABLE } from '../../contract/settings';
import { settingsFromAssembly } from '../assembly';
import type { Clients } from '../aws/clients';
import { parseDuration } from '../duration';
import type { RecordStore } from '../record';
import { renderJson } from '../report/json';
import { renderMetrics } from '../report/metrics';
import { renderTable } from '../report/table';
import { BadInput, PLAN_HASH } from '../settings';

export const planCommand: CliCommand = {
  name: 'plan',
  description: 'show what would be retired, what would be held and what would stay, and why; changes nothing',
  declare: declareOptions,
  run: (context) => carryOut(context, 'REPORT_ONLY'),
};

export const sweepCommand: CliCommand = {
  name: 'sweep',
  description: 'retire what the plan says',
  declare: declareOptions,
  run: (context) => carryOut(context, 'ENFORCE'),
};

export const runCommand: CliCommand = {
  name: 'run',
  description: "plan or sweep, as the settings' mode says",
  declare: declareOptions,
  run: (context) => carryOut(context, undefined),
};

function declareOptions(command: Command): void {
  command
    .option('--settings <source>', `settings file, or appconfig://APPLICATION/PROFILE/VERSION (default: $${SETTINGS_VARIABLE})`)
    .option('--from-assembly <dir>', 'take the settings out of a synthesised app (cdk.out)')
    .option('--construct <path>', 'with --from-assembly: which janitor, by its path or the end of it')
    .option('--parameter <key=value...>', 'with --from-assembly: a value that CloudFormation would know', collectParameters)
    .addOption(new Option('--format <format>', 'of the report').choices(['table', 'json']).default('table'))
    .option('--max-images <count>', 'with --format table: the most images that each list shows (default: all)', argument(parseCount))
    .option('--output <file>', 'write the report to a file instead of stdout')
    .option('--record-dir <dir>', 'keep the record in a folder instead of the bucket')
    .option('--region <region>', 'AWS Region (default: as the AWS environment says)', argument(parseRegion))
    .option('--acknowledge-plan <hash>', `let the images of the plan of this hash pass the limits (default: $${ACKNOWLEDGE_VARIABLE})`, argument(parsePlanHash))
    .option('--deadline <duration>', 'end within this time, such as PT10M; the next run goes on', argument(parseDuration))
    .option('--metrics', "write the run's metrics to stderr in CloudWatch's embedded metric format");
}

function collectParameters(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write LogicalId=value.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error('Give a whole number.');
  return Number(text);
}

function parseRegion(text: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)) throw new Error('Give a Region such as eu-west-1.');
  return text;
}

function parsePlanHash(text: string): string {
  if (!PLAN_HASH.test(text)) throw new Error('Give the 16 hexadecimal digits that a report shows as its plan.');
  return text;
}

/** The variable is set for a whole machine or build: empty, it says nothing. */
function acknowledgedPlan({ options, io }: CommandContext): string | undefined {
  if (options.acknowledgePlan !== undefined) return options.acknowledgePlan;
  const text = io.env[ACKNOWLEDGE_VARIABLE] || undefined;
  if (text !== undefined && !PLAN_HASH.test(text)) {
    throw new BadInput(`${ACKNOWLEDGE_VARIABLE} is ${JSON.stringify(text)}: give the 16 hexadecimal digits that a report shows as its plan`);
  }
  return text;
}

function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

async function carryOut(context: CommandContext, mode: Mode | undefined): Promise<number> {
  const { options, terminal, services, io } = context;
  const startedAt = Date.now();
  const acknowledgePlan = acknowledgedPlan(context);
  let clients: Promise<Clients> | undefined;
  const getClients = () => (clients ??= services.createClients({ region: options.region }));
  try {
    const found = await readSettings(context, getClients, mode);
    const settings: Settings = { ...found, mode: mode ?? found.mode };
    await checkOutput(context);
    const record = await openRecord(context, settings, getClients);
    const runClients = await getClients();
    const perform = (stop?: AbortSignal) => services.run({
      settings,
      clients: runClients,
      record,
      ...(options.deadline === undefined ? {} : { deadline: startedAt + options.deadline }),
      ...(acknowledgePlan === undefined ? {} : { acknowledgePlan }),
      ...(stop === undefined ? {} : { stop }),
      progress: (event) => terminal.progress(event),
    });
    // What changes nothing can be ended at any moment.
    const report = settings.mode === 'ENFORCE' ? await interruptible(io.signals, (text) => terminal.note(text), perform) : await perform();
    terminal.clear();
    await writeReport(context, report, record);
    return EXIT_STATUS[report.run.status];
  } finally {
    await clients?.then((each) => each.destroy(), () => undefined);
  }
}

async function readSettings({ options, io, services }: CommandContext, clients: () => Promise<Clients>, mode: Mode | undefined): Promise<Settings> {
  const assembly: string | undefined = options.fromAssembly;
  if (assembly !== undefined) {
    if (options.settings !== undefined) throw new BadInput('--settings and --from-assembly name two sets of settings: give one of them');
    return settingsFromAssembly({
      directory: resolve(io.folder, assembly),
      construct: options.construct,
      parameters: options.parameter,
      identity: async () => services.readIdentity(await clients()),
      recordElsewhere: options.recordDir !== undefined || mode === 'REPORT_ONLY',
    });
  }
  if (options.construct !== undefined || options.parameter !== undefined) throw new BadInput('--construct and --parameter go with --from-assembly');
  const source: string | undefined = options.settings ?? io.env[SETTINGS_VARIABLE];
  if (!source) throw new BadInput(`no settings: give --settings FILE or --from-assembly cdk.out, or set ${SETTINGS_VARIABLE}`);
  return loadSettings(source, clients, io.folder);
}

async function openRecord(context: CommandContext, settings: Settings, clients: () => Promise<Clients>): Promise<RecordStore> {
  const { options, terminal, services, io } = context;
  if (options.recordDir !== undefined) {
    if (settings.mode === 'ENFORCE' && settings.record) {
      terminal.note(`the lock is in ${options.recordDir}, not in the bucket ${settings.record.bucket}: make sure that no other run of this janitor is under way`);
    }
    return services.folderRecord(resolve(io.folder, options.recordDir));
  }
  if (settings.record) return services.bucketRecord(await clients(), settings.record);
  if (settings.mode === 'ENFORCE') {
    throw new BadInput('a sweep writes down what it does before it does it, and the settings name no record bucket: give --record-dir DIR');
  }
  terminal.note('this plan is not recorded, so its hash cannot be acknowledged later: give --record-dir DIR to keep it');
  return services.memoryRecord();
}

async function writeReport({ options, io, terminal }: CommandContext, report: Report, record: RecordStore): Promise<void> {
  const toFile = options.output !== undefined;
  const columns = toFile ? undefined : io.stdout.columns ?? (Number(io.env.COLUMNS) || undefined);
  const colors = !toFile && useColors(io.stdout, io, options.color);
  const text = options.format === 'json' ? renderJson(report) : renderTable(report, { columns, colors, maxImages: options.maxImages });
  if (options.metrics) io.stderr.write(`${renderMetrics(report)}\n`);
  if (!toFile) {
    io.stdout.write(text);
    return;
  }
  try {
    await writeFile(resolve(io.folder, options.output), text);
  } catch (error) {
    const kept = options.recordDir === undefined && record.location === 'memory' ? '' : `; the record (${record.location}) has it`;
    throw new Error(`run ${report.run.id} ended ${report.run.status}, but its report could not be written to ${options.output}: ${(error as Error).message}${kept}`, { cause: error });
  }
  terminal.say(`${report.run.status}: the report is in ${options.output}`);
}
