/** The file of `--output`. */
import { open, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from './commands';
import { SETTINGS_VARIABLE } from '../../contract/settings';
import { BadInput } from '../settings';

/** A sweep whose report could not be written would be worse than none: asked before anything begins. Leaves no file behind. */
export async function checkOutput({ options, io }: CommandContext): Promise<void> {
  if (options.output === undefined) return;
  const file = resolve(io.folder, options.output);
  const before = await identify(file);
  const settings = options.fromAssembly === undefined ? options.settings ?? io.env[SETTINGS_VARIABLE] : undefined;
  if (settings !== undefined && before !== undefined && before === await identify(resolve(io.folder, settings))) {
    throw new BadInput(`--output ${options.output} is the settings file, which the report would overwrite: name another file`);
  }
  try {
    await (await open(file, 'a')).close();
    if (before === undefined) await rm(file);
  } catch (error) {
    throw new BadInput(`--output cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** The same for all names of one file, links too. */
async function identify(file: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
