import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CliCommand } from './commands';
import { useColors } from './terminal';
import { BadInput } from '../settings';

/** The part of the embedded AWS's bundle that is used; the two bundles share no code. */
interface LocalAwsBundle {
  runDemo(options: { engineFolder: string; app?: string; stdout: unknown; colors: boolean }): Promise<number>;
}

export const demoCommand: CliCommand = {
  name: 'demo',
  description: 'synthesise an app and watch its bundle clean a registry on an embedded AWS: no account, no network',
  declare: (command) => {
    command.option('--app <command>', "a command that synthesises the demo's app (default: the one in this package)");
  },
  run: async ({ options, io }) => {
    const bundle = join(__dirname, '..', 'local-aws', 'index.js');
    // A function's asset holds the engine alone.
    if (!existsSync(bundle)) throw new BadInput('the demo comes with the package cdk-image-janitor, not with the deployed engine');
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { runDemo } = require(bundle) as LocalAwsBundle;
    return runDemo({ engineFolder: __dirname, app: options.app, stdout: process.stdout, colors: useColors(io.stdout, io, options.color) });
  },
};
