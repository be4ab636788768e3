import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeServices } from './services';
import { EXIT_STATUS, type RunStatus } from '../../../src/contract/report';
import { ACKNOWLEDGE_VARIABLE, SETTINGS_METADATA, SETTINGS_VARIABLE } from '../../../src/contract/settings';
import { cli } from '../../../src/engine/main/cli';
import type { CliCommand } from '../../../src/engine/main/commands';
import { SERVICES } from '../../../src/engine/main/services';
import { renderTable } from '../../../src/engine/report/table';
import { BadInput } from '../../../src/engine/settings';
import { sampleReport } from '../report/sample';

const SETTINGS = { version: 1, containerImages: [{ repositories: ['*'], expireAfter: 'P14D' }] };
const WITH_BUCKET = { ...SETTINGS, record: { bucket: 'the-bucket' } };
const HASH = '0123456789abcdef';
let folder: string;
let services: FakeServices;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  services = new FakeServices();
  write('settings.json', SETTINGS);
  write('bucket.json', WITH_BUCKET);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, document: unknown) => writeFileSync(join(folder, name), typeof document === 'string' ? document : JSON.stringify(document));

interface Setup {
  env?: Record<string, string>;
  tty?: boolean;
  columns?: number;
  commands?: CliCommand[];
  signals?: Signals;
}

class Signals extends EventEmitter {
  readonly exits: number[] = [];
  readonly exit = (status: number) => void this.exits.push(status);
}

async function call(argv: string[], { env = {}, tty = false, columns, commands, signals }: Setup = {}) {
  let stdout = '';
  let stderr = '';
  const status = await cli(argv, {
    stdout: { write: (text) => (stdout += text), isTTY: tty, columns },
    stderr: { write: (text) => (stderr += text), isTTY: tty, columns },
    env,
    folder,
    signals,
  }, services, commands);
  return { status, stdout, stderr };
}

describe('what a command does', () => {
  test('plan is REPORT_ONLY, whatever the settings say', async () => {
    write('enforce.json', { ...WITH_BUCKET, mode: 'ENFORCE' });
    expect((await call(['plan', '--settings', 'enforce.json'])).status).toBe(0);
    expect(services.runs[0]!.settings.mode).toBe('REPORT_ONLY');
  });

  test('sweep is ENFORCE, whatever the settings say', async () => {
    expect((await call(['sweep', '--settings', 'bucket.json'])).status).toBe(0);
    expect(services.runs[0]!.settings.mode).toBe('ENFORCE');
  });

  test.each(['REPORT_ONLY', 'ENFORCE'])('run follows the settings: %s', async (mode) => {
    write('mode.json', { ...WITH_BUCKET, mode });
    await call(['run', '--settings', 'mode.json']);
    expect(services.runs[0]!.settings.mode).toBe(mode);
  });

  test.each(Object.entries(EXIT_STATUS))('a run that ends %s exits with %d', async (status, exitStatus) => {
    services.report = sampleReport({ status: status as RunStatus });
    expect((await call(['plan', '--settings', 'settings.json'])).status).toBe(exitStatus);
  });

  test('the options reach the run', async () => {
    const before = Date.now();
    await call(['plan', '--settings', 'settings.json', '--region', 'us-east-1', '--acknowledge-plan', HASH, '--deadline', 'PT10M', '--record-dir', 'record']);
    const { acknowledgePlan, deadline, record } = services.runs[0]!;
    expect(services.regions).toEqual(['us-east-1']);
    expect(acknowledgePlan).toBe(HASH);
    expect(deadline! - before).toBeGreaterThanOrEqual(600_000);
    expect(deadline! - Date.now()).toBeLessThanOrEqual(600_000);
    expect(record.location).toBe(join(folder, 'record'));
  });

  test('the environment acknowledges a plan unless the command line does', async () => {
    const plan = ['plan', '--settings', 'settings.json'];
    await call(plan, { env: { [ACKNOWLEDGE_VARIABLE]: HASH } });
    await call([...plan, '--acknowledge-plan', 'fedcba9876543210'], { env: { [ACKNOWLEDGE_VARIABLE]: HASH } });
    await call(plan, { env: { [ACKNOWLEDGE_VARIABLE]: '' } });
    expect(services.runs.map(({ acknowledgePlan }) => acknowledgePlan)).toEqual([HASH, 'fedcba9876543210', undefined]);
    expect(await call(plan, { env: { [ACKNOWLEDGE_VARIABLE]: 'yes' } })).toMatchObject({
      status: 2, stderr: expect.stringContaining(`${ACKNOWLEDGE_VARIABLE} is "yes": give the 16 hexadecimal digits`),
    });
    expect(services.runs).toHaveLength(3);
  });

  test('there is no deadline unless one is given', async () => {
    await call(['plan', '--settings', 'settings.json']);
    expect(services.runs[0]!.deadline).toBeUndefined();
  });

  test('the connections are closed at the end, even when the run throws', async () => {
    await call(['plan', '--settings', 'settings.json']);
    services.run = async () => { throw new Error('unforeseen'); };
    await call(['plan', '--settings', 'settings.json']);
    expect(services.destroyed).toBe(2);
  });
});

describe('where the settings come from', () => {
  test('the environment names them unless the command line does', async () => {
    write('other.json', { ...SETTINGS, name: 'from the environment' });
    await call(['plan'], { env: { [SETTINGS_VARIABLE]: 'other.json' } });
    await call(['plan', '--settings', 'settings.json'], { env: { [SETTINGS_VARIABLE]: 'other.json' } });
    expect(services.runs.map(({ settings }) => settings.name)).toEqual(['from the environment', 'image-janitor']);
  });

  test('AppConfig keeps them by application, profile and version', async () => {
    services.hosted['abc1234/def5678/3'] = JSON.stringify({ ...SETTINGS, name: 'hosted' });
    expect((await call(['plan', '--settings', 'appconfig://abc1234/def5678/3'])).status).toBe(0);
    expect(services.runs[0]!.settings.name).toBe('hosted');
  });

  test('a synthesised app has them, with what CloudFormation would know given', async () => {
    write('manifest.json', { artifacts: { Stack: { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile: 't.json' } } } });
    const content = ['{"version":1,"name":"Stack/A","containerImages":[{"repositories":["', { Ref: 'Repo' }, '-', { Ref: 'Two' }, '"],"expireAfter":"P14D"}],"record":{"bucket":"', { Ref: 'Bucket' }, '"}}'];
    write('t.json', { Resources: { A: { Type: 'AWS::AppConfig::HostedConfigurationVersion', Properties: { Content: { 'Fn::Join': ['', content] } }, Metadata: { [SETTINGS_METADATA]: { construct: 'Stack/A' } } } } });
    const given = ['--from-assembly', '.', '--construct', 'A', '--parameter', 'Repo=app=1', '--parameter', 'Two=two'];
    // A value may hold the sign that ends the key; the settings then say that no repository has such a name.
    expect((await call(['plan', ...given])).stderr).toContain('"app=1-two" is not allowed');
    given[5] = 'Repo=app';
    expect((await call(['plan', ...given])).status).toBe(0);
    expect(services.runs[0]!.settings.containerImages[0]!.repositories).toEqual(['app-two']);
    // The bucket's name is not known before deployment: a plan does without, a sweep does not.
    expect(services.runs[0]!.record.location).toBe('memory');
    const swept = await call(['sweep', ...given]);
    expect(swept).toMatchObject({ status: 2, stderr: expect.stringContaining('give --parameter Bucket=VALUE, or keep the record in a folder with --record-dir') });
    expect((await call(['sweep', ...given, '--record-dir', 'r'])).status).toBe(0);
  });
});

describe('where the record is', () => {
  test('in the bucket of the settings', async () => {
    await call(['sweep', '--settings', 'bucket.json']);
    expect(services.runs[0]!.record.location).toBe('s3://the-bucket');
  });

  test('in a folder when one is given, and a sweep says that the lock is there too', async () => {
    const { stderr } = await call(['sweep', '--settings', 'bucket.json', '--record-dir', 'here']);
    expect(services.runs[0]!.record.location).toBe(join(folder, 'here'));
    expect(stderr).toContain('note: the lock is in here, not in the bucket the-bucket');
  });

  test('nowhere for a plan that nobody keeps, which is said', async () => {
    const { status, stderr } = await call(['plan', '--settings', 'settings.json']);
    expect(status).toBe(0);
    expect(services.runs[0]!.record.location).toBe('memory');
    expect(stderr).toContain('note: this plan is not recorded');
  });

  test('a sweep without a record does not begin', async () => {
    const { status, stderr } = await call(['sweep', '--settings', 'settings.json']);
    expect(status).toBe(2);
    expect(stderr).toContain('give --record-dir DIR');
    expect(services.runs).toEqual([]);
  });
});

describe('what is written', () => {
  test('the result goes to stdout, all else to stderr', async () => {
    const { stdout, stderr } = await call(['plan', '--settings', 'settings.json']);
    expect(stdout).toBe(renderTable(services.report, { columns: 100 }));
    expect(stderr).toBe('note: this plan is not recorded, so its hash cannot be acknowledged later: give --record-dir DIR to keep it\nReading the repositories\nReading what is \\u{1b}in use\n');
  });

  test('--format json is the report and nothing else', async () => {
    const { stdout } = await call(['plan', '--settings', 'settings.json', '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(services.report)));
  });

  test('--output writes the result to the file and leaves stdout empty', async () => {
    const { stdout, stderr } = await call(['plan', '--settings', 'settings.json', '--format', 'json', '--output', 'report.json'], { tty: true });
    expect(stdout).toBe('');
    expect(stderr).toContain('COMPLETE: the report is in report.json\n');
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).run.id).toBe(services.report.run.id);
  });

  test('--max-images cuts the lists of the table, not the JSON', async () => {
    const { stdout } = await call(['plan', '--settings', 'settings.json', '--max-images', '1']);
    expect(stdout).toBe(renderTable(services.report, { columns: 100, maxImages: 1 }));
    expect(stdout).toContain('and 3 more, in the JSON report');
    expect(JSON.parse((await call(['plan', '--settings', 'settings.json', '--max-images', '1', '--format', 'json'])).stdout).images).toHaveLength(7);
  });

  test('a file never has colours', async () => {
    await call(['plan', '--settings', 'settings.json', '--output', 'report.txt'], { tty: true });
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toBe(renderTable(services.report));
  });

  test('an output that cannot be written stops a sweep before it begins', async () => {
    const { status, stderr } = await call(['sweep', '--settings', 'bucket.json', '--output', 'no/such/folder/report.json']);
    expect(status).toBe(2);
    expect(stderr).toContain('error: --output cannot be written');
    expect(services.runs).toEqual([]);
  });

  test('an output is not touched before the run is sure to begin', async () => {
    write('invalid.json', {});
    expect((await call(['plan', '--settings', 'invalid.json', '--output', 'report.json'])).status).toBe(2);
    services.run = async () => { throw new Error('unforeseen'); };
    expect((await call(['plan', '--settings', 'settings.json', '--output', 'report.json'])).status).toBe(1);
    expect(existsSync(join(folder, 'report.json'))).toBe(false);
    write('older.json', 'the last report');
    await call(['plan', '--settings', 'settings.json', '--output', 'older.json']);
    expect(readFileSync(join(folder, 'older.json'), 'utf8')).toBe('the last report');
  });

  test.each([['by name', 'settings.json', {}], ['by a link', 'link.json', {}], ['that the environment names', 'settings.json', { [SETTINGS_VARIABLE]: './settings.json' }]])(
    'the settings file is no output: %s', async (_how, output, env: Record<string, string>) => {
      symlinkSync('settings.json', join(folder, 'link.json'));
      const { status, stderr } = await call(['plan', ...(env[SETTINGS_VARIABLE] ? [] : ['--settings', 'settings.json']), '--output', output], { env });
      expect(stderr).toContain(`error: --output ${output} is the settings file, which the report would overwrite: name another file`);
      expect(status).toBe(2);
      expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toEqual(SETTINGS);
    });

  test('a report that cannot be written in the end is told with the run and where the record has it', async () => {
    services.run = async () => {
      rmSync(join(folder, 'reports'), { recursive: true });
      return services.report;
    };
    mkdirSync(join(folder, 'reports'));
    const { status, stderr } = await call(['sweep', '--settings', 'bucket.json', '--output', 'reports/report.json']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/error: run 20261122T081500Z-1a2b3c4d ended COMPLETE, but its report could not be written to reports\/report.json: ENOENT.*; the record \(s3:\/\/the-bucket\) has it/);
  });

  test('--quiet leaves the result and errors', async () => {
    expect(await call(['plan', '--settings', 'settings.json', '--quiet'], { tty: true, columns: 90 })).toMatchObject({ stderr: '', stdout: expect.stringContaining('Example/ImageJanitor') });
    expect((await call(['plan', '--settings', 'missing.json', '--quiet'])).stderr).toContain('error: the settings file cannot be read');
  });

  test('--metrics adds the metrics line to stderr', async () => {
    const { stdout, stderr } = await call(['plan', '--settings', 'settings.json', '--format', 'json', '--metrics', '--quiet']);
    expect(JSON.parse(stderr)).toMatchObject({ Runs: 1, _aws: expect.anything() });
    JSON.parse(stdout);
  });
});

describe('on a terminal', () => {
  const plan = ['plan', '--settings', 'settings.json'];

  test('the result has colours and the width of the terminal', async () => {
    expect((await call(plan, { tty: true, columns: 90 })).stdout).toBe(renderTable(services.report, { columns: 90, colors: true }));
  });

  test.each<[string, string[], Record<string, string>]>([['NO_COLOR', [], { NO_COLOR: '1' }], ['--no-color', ['--no-color'], {}], ['a dumb terminal', [], { TERM: 'dumb' }]])('%s takes the colours away', async (_name, argv, env) => {
    const { stdout, stderr } = await call([...plan, ...argv], { tty: true, columns: 90, env });
    expect(stdout).toBe(renderTable(services.report, { columns: 90 }));
    expect(stderr).not.toMatch(/\u001b\[\d+m/);
  });

  test('progress is one line that changes, and is gone at the end', async () => {
    const { stderr } = await call(plan, { tty: true, columns: 20 });
    const progress = stderr.slice(stderr.lastIndexOf('\n') + 1);
    expect(progress.replace(/\u001b\[\d+m/g, '').split('\r\u001b[K')).toEqual(['', 'Reading the reposit', 'Reading the reposit', 'Reading what is \\u{', '']);
  });
});

describe('bad input exits with 2, a message, and no stack trace', () => {
  test.each<[string, string[], string]>([
    ['no settings', ['plan'], `error: no settings: give --settings FILE or --from-assembly cdk.out, or set ${SETTINGS_VARIABLE}`],
    ['a missing file', ['plan', '--settings', 'missing.json'], 'error: the settings file cannot be read: ENOENT'],
    ['invalid settings', ['plan', '--settings', 'invalid.json'], 'error: the settings (invalid.json) have 2 problems:\n  - version: is missing'],
    ['two sources', ['plan', '--settings', 'settings.json', '--from-assembly', '.'], 'error: --settings and --from-assembly name two sets of settings'],
    ['--construct alone', ['plan', '--settings', 'settings.json', '--construct', 'A'], 'error: --construct and --parameter go with --from-assembly'],
    ['--parameter alone', ['plan', '--settings', 'settings.json', '--parameter', 'A=b'], 'error: --construct and --parameter go with --from-assembly'],
    ['--parameter without a value', ['plan', '--from-assembly', '.', '--parameter', 'A'], 'Write LogicalId=value.'],
    ['a folder that is no app', ['plan', '--from-assembly', '.'], 'is no cloud assembly'],
    ['a source of another kind', ['plan', '--settings', 's3://bucket/key'], 'is no settings source: give a file, or appconfig://APPLICATION/PROFILE/VERSION'],
    ['a version that is no number', ['plan', '--settings', 'appconfig://a/b/latest'], 'is no settings source'],
    ['an unknown format', ['plan', '--settings', 'settings.json', '--format', 'yaml'], 'Allowed choices are table, json'],
    ['a deadline in months', ['plan', '--settings', 'settings.json', '--deadline', 'P1M'], 'has months in it, whose length varies'],
    ['a deadline that is none', ['plan', '--settings', 'settings.json', '--deadline', '10m'], '"10m" is not a duration'],
    ['a count that is none', ['plan', '--settings', 'settings.json', '--max-images', 'ten'], 'Give a whole number.'],
    ['a region that is none', ['plan', '--settings', 'settings.json', '--region', 'x y'], 'Give a Region such as eu-west-1.'],
    ['a plan that is none', ['plan', '--settings', 'settings.json', '--acknowledge-plan', 'latest'], 'Give the 16 hexadecimal digits that a report shows as its plan.'],
    ['no plan', ['plan', '--settings', 'settings.json', '--acknowledge-plan', ''], 'Give the 16 hexadecimal digits that a report shows as its plan.'],
    ['an unknown option', ['plan', '--setings', 'settings.json'], "error: unknown option '--setings'\n(Did you mean --settings?)"],
    ['an unknown command', ['pln'], "error: unknown command 'pln'\n(Did you mean plan?)"],
    ['an argument too many', ['plan', 'now', '--settings', 'settings.json'], 'too many arguments'],
    ['no command', [], 'Usage: cdk-image-janitor'],
  ])('%s', async (_name, argv, message) => {
    write('invalid.json', {});
    const { status, stdout, stderr } = await call(argv);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([status, stdout]).toEqual([2, '']);
    expect(services.runs).toEqual([]);
  });

  test('settings in AppConfig that are no UTF-8, or empty', async () => {
    services.hosted['a/b/1'] = new Uint8Array([0x7b, 0xff, 0x7d]);
    services.hosted['a/b/2'] = '';
    expect(await call(['plan', '--settings', 'appconfig://a/b/1'])).toMatchObject({ status: 2, stderr: expect.stringContaining('are not UTF-8') });
    expect(await call(['plan', '--settings', 'appconfig://a/b/2'])).toMatchObject({ status: 2, stderr: expect.stringContaining('are empty') });
  });

  test('a record folder that cannot be written', async () => {
    services.folderRecord = SERVICES.folderRecord;
    const { status, stderr } = await call(['sweep', '--settings', 'settings.json', '--record-dir', 'settings.json/record']);
    expect(stderr).toMatch(/^error: the record cannot be kept in .*settings.json.record: ENOTDIR.*: give --record-dir a folder that can be written$/m);
    expect([status, services.runs]).toEqual([2, []]);
  });

  test('control characters in a message are shown, not obeyed', async () => {
    const { stderr } = await call(['plan', '--settings', 'x\u001b[2J.json']);
    expect(stderr).toContain('x\\u{1b}[2J.json');
  });
});

describe('SIGINT and SIGTERM', () => {
  const sweep = ['sweep', '--settings', 'bucket.json'];
  const interrupt = (signals: Signals, ...names: ('SIGINT' | 'SIGTERM')[]) => {
    services.run = async (options) => {
      services.runs.push(options);
      for (const name of names) signals.emit(name, name);
      return sampleReport({ status: options.stop?.aborted ? 'PARTIAL' : 'COMPLETE' });
    };
  };

  test.each([['SIGINT', 'press again'], ['SIGTERM', 'signal again']] as const)('the first %s stops a sweep in good order, with its report', async (name, again) => {
    const signals = new Signals();
    interrupt(signals, name);
    const { status, stdout, stderr } = await call(sweep, { signals });
    expect(status).toBe(4);
    expect(stdout).toContain('PARTIAL');
    expect(stderr).toBe(`note: ${name}: stopping before the next batch; ${again} to end at once\n`);
    expect(signals.exits).toEqual([]);
  });

  test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('the second, %s, ends the program at once with %d', async (name, exitStatus) => {
    const signals = new Signals();
    interrupt(signals, 'SIGINT', name);
    await call(sweep, { signals });
    expect(signals.exits).toEqual([exitStatus]);
  });

  test('none stops a sweep that was left alone, and nobody listens after it', async () => {
    const signals = new Signals();
    interrupt(signals);
    expect((await call(sweep, { signals })).status).toBe(0);
    expect(services.runs[0]!.stop?.aborted).toBe(false);
    expect(signals.eventNames()).toEqual([]);
  });

  test('what changes nothing is ended at once, as any program', async () => {
    const signals = new Signals();
    services.run = async () => {
      expect(signals.eventNames()).toEqual([]);
      return services.report;
    };
    expect((await call(['plan', '--settings', 'settings.json'], { signals })).status).toBe(0);
  });
});

describe('what nobody foresaw exits with 1', () => {
  beforeEach(() => {
    services.run = async () => { throw new TypeError('unforeseen'); };
  });

  test('with its message, and without the stack', async () => {
    expect(await call(['plan', '--settings', 'settings.json', '--quiet'])).toEqual({ status: 1, stdout: '', stderr: 'error: unforeseen\n' });
  });

  test('with the stack when DEBUG is set', async () => {
    expect((await call(['plan', '--settings', 'settings.json'], { env: { DEBUG: '1' } })).stderr).toMatch(/^ +at /m);
  });

  test('settings that AppConfig does not answer with are no bad input: the next attempt may succeed', async () => {
    expect(await call(['plan', '--settings', 'appconfig://a/b/9'])).toMatchObject({ status: 1, stderr: expect.stringContaining('ResourceNotFoundException') });
  });
});

describe('help', () => {
  test.each([['--help'], ['help'], ['plan', '--help'], ['--version']])('%s goes to stdout and exits with 0', async (...argv) => {
    const { status, stdout, stderr } = await call(argv);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toBe('');
  });

  test('names the exit statuses of the contract', async () => {
    const { stdout } = await call(['--help']);
    expect(stdout).toContain('Exit status: 0 complete, 1 failed, 2 bad input, 3 usage incomplete (nothing was retired where it matters), 4 partial.');
  });
});

test('a command of another file takes part by a line in the list', async () => {
  const greet: CliCommand = {
    name: 'greet',
    description: 'greets',
    declare: (command) => void command.argument('<name>').option('--loud'),
    run: async ({ options, args, io }) => {
      if (args[0] === 'nobody') throw new BadInput('there must be somebody');
      io.stdout.write(options.loud ? args[0]!.toUpperCase() : args[0]!);
      return 4;
    },
  };
  expect(await call(['greet', 'world', '--loud'], { commands: [greet] })).toEqual({ status: 4, stdout: 'WORLD', stderr: '' });
  expect(await call(['greet', 'nobody'], { commands: [greet] })).toEqual({ status: 2, stdout: '', stderr: 'error: there must be somebody\n' });
});
