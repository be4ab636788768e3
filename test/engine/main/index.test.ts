import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** The bundle as it is shipped, on plain Node. */
let folder: string;
let bundle: string;
let server: Server;
let endpoint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  bundle = join(folder, 'index.js');
  buildSync({
    entryPoints: [join(__dirname, '../../../src/engine/main/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    define: { 'process.env.CDK_IMAGE_JANITOR_VERSION': '"1.2.3"' },
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ version: 1, containerImages: [{ repositories: ['*'], expireAfter: 'P14D' }] }));
  // Denies everything, in STS's XML: the run then ends at once, without a retry.
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(403, { 'content-type': 'text/xml' });
    response.end('<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not allowed</Message></Error></ErrorResponse>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const environment = () => ({
  PATH: process.env.PATH,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'dummy',
  AWS_SECRET_ACCESS_KEY: 'dummy',
  AWS_ENDPOINT_URL: endpoint,
  AWS_EC2_METADATA_DISABLED: 'true',
  HOME: folder,
});

function start(command: string, args: string[], options: SpawnOptions = {}): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, env: environment() as any, ...options });
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (data) => (stdout += data));
    child.stderr!.on('data', (data) => (stderr += data));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
const node = (...args: string[]) => start(process.execPath, [bundle, ...args]);

test('started as a program, it says its version', async () => {
  expect(await node('--version')).toMatchObject({ status: 0, stdout: '1.2.3\n' });
});

test('bad input exits with 2, a message on stderr, and nothing on stdout', async () => {
  const { status, stdout, stderr } = await node('plan', '--settings', 'missing.json');
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: the settings file cannot be read: ENOENT/);
});

test('a run that is denied everything reports why, and exits with its status', async () => {
  const { status, stdout } = await node('plan', '--settings', 'settings.json', '--format', 'json');
  const report = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(report.run).toMatchObject({ status: 'FAILED', exitStatus: 1, engineVersion: '1.2.3', mode: 'REPORT_ONLY' });
  expect(JSON.stringify(report.run.messages)).toContain('access denied');
});

test('a reader that leaves early is no crash', async () => {
  const { stderr } = await start('bash', ['-c', `set -o pipefail; "${process.execPath}" "${bundle}" plan --settings settings.json --format json | true; echo "status $?" >&2`]);
  expect(stderr).toContain('status 1');
  expect(stderr).not.toMatch(/EPIPE|Unhandled|^ +at /m);
});

test('an output that breaks (a full disk) lets the run end, and makes it a failure that is told', async () => {
  const full = (which: string, fallback: string) => start('bash', ['-c', `"${process.execPath}" "${bundle}" --help ${which}>/dev/full; echo "status $?" >&${fallback}`]);
  const { stderr } = await full('', '2');
  expect(stderr).toMatch(/^error: stdout could not be written: ENOSPC.*\nstatus 1\n$/);
  const denied = await start('bash', ['-c', `"${process.execPath}" "${bundle}" plan --settings settings.json 2>/dev/full; echo "status $?"`]);
  expect(denied.stdout).toMatch(/^Run|^FAILED/m);
  expect(denied.stdout).toMatch(/error: stderr could not be written: ENOSPC.*\nstatus 1\n$/);
});

test('says nothing of its own on any Node that it runs on', async () => {
  expect((await node('plan', '--settings', 'settings.json', '--quiet')).stderr).toBe('');
});

test('other warnings than the one about the SDK stay', async () => {
  writeFileSync(join(folder, 'warn.js'), "process.emitWarning('look at this');");
  const { stderr } = await start(process.execPath, ['-r', join(folder, 'warn.js'), bundle, 'plan', '--settings', 'settings.json', '--quiet']);
  expect(stderr).toContain('Warning: look at this');
});

test('without credentials, it says how to give some, and makes no report of nothing', async () => {
  const { status, stdout, stderr } = await start(process.execPath, [bundle, 'plan', '--settings', 'settings.json', '--quiet'], {
    env: { ...environment(), AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined } as any,
  });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: no AWS credentials: Could not load credentials from any providers; set AWS_PROFILE .* or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n$/);
});

test('a Region that is none is named', async () => {
  const { status, stderr } = await start(process.execPath, [bundle, 'plan', '--settings', 'settings.json'], { env: { ...environment(), AWS_REGION: 'x y' } as any });
  expect(status).toBe(2);
  expect(stderr).toContain('correct --region, AWS_REGION or the region of the profile');
});

test('without a Region, it asks for one', async () => {
  const { status, stderr } = await start(process.execPath, [bundle, 'plan', '--settings', 'settings.json'], { env: { ...environment(), AWS_REGION: undefined } as any });
  expect(status).toBe(2);
  expect(stderr).toContain('error: no region is set: give --region, or set AWS_REGION');
});

test('loaded as a module, it is a Lambda handler and starts nothing', async () => {
  const script = `const { handler } = require(${JSON.stringify(bundle)}); handler({}, { getRemainingTimeInMillis: () => 60000 }).catch((error) => console.log(typeof handler, error.name, error.message));`;
  const { status, stdout } = await start(process.execPath, ['-e', script]);
  expect(status).toBe(0);
  expect(stdout).toBe('function BadInput the environment variable CDK_IMAGE_JANITOR_SETTINGS is not set\n');
});
