import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** The engine as it is shipped, in one file; built here so that no test looks at an old one. */
export function bundleEngine(folder: string): string {
  const outfile = join(folder, 'index.js');
  buildSync({
    entryPoints: [join(__dirname, '../../src/engine/main/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    keepNames: true,
    define: { 'process.env.CDK_IMAGE_JANITOR_VERSION': '"0.0.0"' },
    logLevel: 'error',
  });
  return outfile;
}
