import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundleEngine } from './bundle';

/** The demo as `npx cdk-image-janitor demo` starts it: both bundles beside each other, in a process of their own. */
const REPOSITORY = join(__dirname, '../..');
let assets: string;
let program: string;

beforeAll(() => {
  assets = mkdtempSync(join(tmpdir(), 'demo-'));
  mkdirSync(join(assets, 'engine'));
  program = bundleEngine(join(assets, 'engine'));
  buildSync({
    entryPoints: [join(REPOSITORY, 'src/local-aws/index.ts')],
    outfile: join(assets, 'local-aws', 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    external: ['@cloud-copilot/iam-simulate'],
    logLevel: 'error',
  });
});
afterAll(() => rmSync(assets, { recursive: true, force: true }));

function demo(app: string): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const environment = { PATH: process.env.PATH, HOME: assets, COLUMNS: '80' };
    execFile(process.execPath, [program, 'demo', '--app', app], { cwd: REPOSITORY, env: environment }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('the demo plays to its proof, on 80 columns, and says nothing else', async () => {
  const { status, stdout, stderr } = await demo('tsx src/private/demo-app.ts');
  expect(stderr).toBe('');
  expect(stdout).toContain('nothing in use was lost');
  expect(stdout).not.toContain('✗');
  expect(status).toBe(0);
  expect(stdout.match(/^\d {2}\S.*$/gm)).toHaveLength(7);
  expect(stdout.match(/still there:/g)).toHaveLength(5);
  expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
  expect(stdout).toMatch(/kept 278: .*24\s+kept-by-parent/s);
}, 180_000);

test('an app that cannot be synthesised is told with what it said', async () => {
  const { status, stderr } = await demo('node -e console.error("no-such-construct");process.exit(3)');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: the demo's app could not be synthesised \(node -e .*\): no-such-construct\n$/);
}, 60_000);
