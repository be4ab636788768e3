import type { Command } from 'commander';
import { demoCommand } from './demo-command';
import { planCommand, runCommand, sweepCommand } from './run-commands';
import type { Services } from './services';
import type { Io, Terminal } from './terminal';

/** One command of the command line. Adding one means adding a file with one of these, and a line in {@link COMMANDS}. */
export interface CliCommand {
  readonly name: string;
  readonly description: string;
  /** Declares the command's own options and arguments; `--no-color` and `--quiet` are there already. */
  declare(command: Command): void;
  /** Answers the exit status. Throws BadInput for what the user can correct. */
  run(context: CommandContext): Promise<number>;
}

export interface CommandContext {
  /** As commander parsed them. */
  readonly options: Readonly<Record<string, any>>;
  readonly args: readonly string[];
  readonly io: Io;
  readonly terminal: Terminal;
  readonly services: Services;
}

export const COMMANDS: readonly CliCommand[] = [planCommand, sweepCommand, runCommand, demoCommand];
