#!/usr/bin/env node
// Builds the bundles that the package ships: assets/engine (the Lambda handler, the CodeBuild program and the command line, one
// file) and assets/local-aws (the embedded AWS of the demo). Both carry the licences of what is bundled in them.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Licences that may be bundled into an Apache-2.0 package. */
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']);

const bundles = [
  { name: 'engine', entry: 'src/engine/main/index.ts', banner: '#!/usr/bin/env node' },
  { name: 'local-aws', entry: 'src/local-aws/index.ts' },
];

for (const { name, entry, banner } of bundles) {
  const folder = join(root, 'assets', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    // The oldest Node that runs the command line; Lambda and CodeBuild run a newer one.
    target: 'node20',
    format: 'cjs',
    minify: true,
    // Error names reach messages and the report.
    keepNames: true,
    legalComments: 'none',
    // AGPL-3.0, development only: found at run time where it is installed, never bundled.
    external: ['@cloud-copilot/iam-simulate'],
    define: { 'process.env.CDK_IMAGE_JANITOR_VERSION': JSON.stringify(manifest.version) },
    banner: banner ? { js: banner } : undefined,
    logLevel: 'warning',
    metafile: true,
  });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences(Object.keys(metafile.inputs)));
}

/** The licence text of every package that the bundle's inputs come from. */
function licences(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(match[1]);
  }
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (!ALLOWED.has(license)) throw new Error(`${name}@${version} is licensed ${license}: not one of ${[...ALLOWED].join(', ')}`);
    const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licensed under ${license}.`;
    return `${name}@${version} (${license})\n\n${text}\n`;
  });
  return ['This bundle contains the following packages.\n', ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
