import { execFileSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

const root = join(__dirname, '..');
const folder = join(root, 'examples', 'typescript');

test.each(readdirSync(folder).filter((file) => file.endsWith('.ts')))('%s synthesises as it stands', (file) => {
  const output = mkdtempSync(join(tmpdir(), 'image-janitor-'));
  try {
    execFileSync(process.execPath, ['--import', 'tsx', join(folder, file)], {
      cwd: root,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json'), CDK_OUTDIR: output, CDK_VALIDATION: 'false' },
      stdio: 'pipe',
    });
    const templates = readdirSync(output).filter((name) => name.endsWith('.template.json')).map((name) => readFileSync(join(output, name), 'utf8'));
    expect(templates).toHaveLength(1);
    expect(templates[0]).toContain('cdk-image-janitor:settings');
  } finally {
    rmSync(output, { recursive: true });
  }
}, 60_000);
