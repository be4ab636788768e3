import { FakeServices } from './services';
import type { ImageReport, RunStatus } from '../../../src/contract/report';
import { SETTINGS_VARIABLE } from '../../../src/contract/settings';
import { createHandler } from '../../../src/engine/main/lambda';
import { renderMetrics } from '../../../src/engine/report/metrics';
import { BadInput, SettingsError } from '../../../src/engine/settings';
import { sampleImage, sampleReport } from '../report/sample';

const SOURCE = 'appconfig://app1/profile1/7';
const SETTINGS = { version: 1, mode: 'ENFORCE', containerImages: [{ repositories: ['*'], expireAfter: 'P14D' }], record: { bucket: 'the-bucket' } };
let services: FakeServices;
let lines: string[];

beforeEach(() => {
  services = new FakeServices();
  lines = [];
  settings(SETTINGS);
});

const settings = (document: unknown) => {
  services.hosted['app1/profile1/7'] = JSON.stringify(document);
};
const context = (milliseconds = 900_000) => ({ getRemainingTimeInMillis: () => milliseconds });
const handle = (event: unknown = {}, milliseconds?: number, env: any = { [SETTINGS_VARIABLE]: SOURCE }) =>
  createHandler(services, env, (line) => lines.push(line))(event, context(milliseconds));
const logged = (type: string) => lines.filter((line) => line.startsWith(`{"type":"${type}"`)).map((line) => JSON.parse(line));

describe('a run', () => {
  test('follows the settings that were deployed with it, and keeps its record in their bucket', async () => {
    await handle();
    expect(services.runs[0]).toMatchObject({ settings: { mode: 'ENFORCE' }, record: { location: 's3://the-bucket' } });
    expect(services.destroyed).toBe(1);
  });

  test.each<RunStatus>(['COMPLETE', 'PARTIAL'])('that ends %s answers a small summary', async (status) => {
    services.report = sampleReport({ status });
    expect(await handle()).toEqual({
      run: '20261122T081500Z-1a2b3c4d', mode: 'REPORT_ONLY', status, planHash: '3f2a9c0d11e2', counts: services.report.run.counts, bytes: services.report.run.bytes,
    });
  });

  test.each<[RunStatus, string]>([['FAILED', 'ImageJanitorFailed'], ['INCOMPLETE', 'ImageJanitorIncomplete'], ['BAD_INPUT', 'ImageJanitorBadInput']])(
    'that ends %s throws %s with the cause and the fix, after its report is in the log', async (status, name) => {
      services.report = sampleReport({
        status,
        messages: [{ level: 'error', code: 'x', text: 'something is wrong', fix: 'mend it' }, { level: 'warning', code: 'y', text: 'only a warning' }],
        completeness: [{ source: 'ecs', account: '1', region: 'r', status: 'INCOMPLETE', references: 0, problems: [{ text: 'denied', fix: 'allow ecs:ListTasks' }] }],
      });
      await expect(handle()).rejects.toMatchObject({
        name, message: `run 20261122T081500Z-1a2b3c4d of Example/ImageJanitor ended ${status}: something is wrong (fix: mend it); ecs: denied (fix: allow ecs:ListTasks)`,
      });
      expect(lines).toContain(renderMetrics(services.report));
      expect(services.destroyed).toBe(1);
    });

  test('ends before Lambda ends it, with time to write its report', async () => {
    const before = Date.now();
    await handle({}, 900_000);
    await handle({}, 40_000);
    const [long, short] = services.runs.map(({ deadline }) => deadline! - before);
    expect(long).toBeGreaterThan(869_000);
    expect(long).toBeLessThan(871_000);
    expect(short).toBeGreaterThan(29_000);
    expect(short).toBeLessThan(31_000);
  });
});

describe('an event', () => {
  test('may ask for less than the settings', async () => {
    await handle({ mode: 'REPORT_ONLY' });
    expect(services.runs[0]!.settings.mode).toBe('REPORT_ONLY');
  });

  test('may not ask for more', async () => {
    settings({ ...SETTINGS, mode: 'REPORT_ONLY' });
    await expect(handle({ mode: 'ENFORCE' })).rejects.toThrow('the event asks for the mode "ENFORCE", but the settings say REPORT_ONLY: an event may only ask for REPORT_ONLY');
    expect(services.runs).toEqual([]);
  });

  test('may say what the settings say', async () => {
    await handle({ mode: 'ENFORCE' });
    expect(services.runs[0]!.settings.mode).toBe('ENFORCE');
  });

  test.each(['report_only', 'PLAN', true, null, 1])('that asks for the mode %j is refused, not guessed at', async (mode) => {
    await expect(handle({ mode })).rejects.toThrow(BadInput);
    expect(services.runs).toEqual([]);
  });

  test('may acknowledge a plan', async () => {
    await handle({ acknowledgePlan: '0123456789abcdef' });
    expect(services.runs[0]!.acknowledgePlan).toBe('0123456789abcdef');
  });

  test.each([7, '', null, ['0123456789abcdef'], 'a b', 'abc123', '0123456789ABCDEF', '0123456789abcdef0', '../lock'])('that acknowledges %j is refused', async (acknowledgePlan) => {
    await expect(handle({ acknowledgePlan })).rejects.toThrow('give the hash that a report shows as planHash');
    expect(services.runs).toEqual([]);
  });

  test.each([null, undefined, 'text', 3, [], { 'version': '0', 'detail-type': 'Scheduled Event', 'settings': { mode: 'ENFORCE' } }])('%j changes nothing', async (event) => {
    settings({ ...SETTINGS, mode: 'REPORT_ONLY' });
    await handle(event);
    expect(services.runs[0]!.settings.mode).toBe('REPORT_ONLY');
    expect(services.runs[0]!.acknowledgePlan).toBeUndefined();
  });
});

describe('what cannot be run', () => {
  test('settings that are invalid are thrown with everything that is wrong', async () => {
    settings({ version: 1, containerImages: [{}] });
    await expect(handle()).rejects.toThrow(SettingsError);
    await expect(handle()).rejects.toThrow(/containerImages\[0\]\.repositories: is missing/);
    expect(services.destroyed).toBe(2);
  });

  test('a function without the variable says which one', async () => {
    await expect(handle({}, undefined, {})).rejects.toThrow(`the environment variable ${SETTINGS_VARIABLE} is not set`);
  });

  test('a sweep without a record bucket is refused', async () => {
    settings({ ...SETTINGS, record: undefined });
    await expect(handle()).rejects.toThrow('a sweep needs one');
    await handle({ mode: 'REPORT_ONLY' });
    expect(services.runs[0]!.record.location).toBe('memory');
  });
});

describe('the log', () => {
  test('has the run, its repositories, what is not kept, the metrics, and the table as text', async () => {
    await handle();
    expect(logged('progress')).toHaveLength(3);
    expect(logged('run')).toEqual([{ type: 'run', ...JSON.parse(JSON.stringify(services.report.run)) }]);
    expect(logged('repository').map(({ name }) => name)).toEqual(['example-app', 'team/platform/a-service-with-a-rather-long-name']);
    expect(logged('images').flatMap(({ images }) => images.map(({ verdict }: ImageReport) => verdict))).toEqual(['delete', 'delete', 'delete', 'delete', 'hold']);
    expect(lines.filter((line) => line === renderMetrics(services.report))).toHaveLength(1);
    expect(lines).toContain('Would be deleted: 4 images, 238.9 MB');
  });

  test('every line fits into a log event, and nothing is lost by that', async () => {
    const tags = Array.from({ length: 40 }, (_, at) => `a-rather-long-tag-of-release-${at}`);
    const images = Array.from({ length: 2000 }, (_, at) => sampleImage('app', `image-${at}`, at % 2 ? 'delete' : 'hold', ['expired'], { tags }));
    const problems = Array.from({ length: 5000 }, (_, at) => ({ text: `the task definition ${'x'.repeat(100)}:${at} could not be read` }));
    services.report = sampleReport({ completeness: [], messages: problems.map(({ text }) => ({ level: 'warning', code: 'w', text })) }, images);
    await handle();
    expect(lines.filter((line) => Buffer.byteLength(line) > 256 * 1024 - 26)).toEqual([]);
    expect(lines.filter((line) => line === '' || line.includes('\n'))).toEqual([]);
    expect(new Set(logged('images').flatMap((line) => line.images.map((image: ImageReport) => image.digest))).size).toBe(2000);
    expect(logged('run').flatMap((line) => line.messages ?? [])).toHaveLength(5000);
    expect(logged('run').find(({ status }) => status)).toMatchObject({ status: 'COMPLETE' });
  });

  test('a registry of any size is a table of some screens', async () => {
    services.report = sampleReport({}, Array.from({ length: 5000 }, (_, at) => sampleImage('app', `image-${at}`, 'delete', ['expired'])));
    await handle();
    expect(lines).toContain('and 4,900 more, in the JSON report');
    expect(lines.filter((line) => !line.startsWith('{')).length).toBeLessThan(200);
  });
});
