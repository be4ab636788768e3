import { Command, CommanderError } from 'commander';
import { type CliCommand, COMMANDS } from './commands';
import { type Services, SERVICES } from './services';
import { type Io, Terminal } from './terminal';
import { EXIT_STATUS } from '../../contract/report';
import { BadInput } from '../settings';
import { ENGINE_VERSION } from '../version';

/** The command line, without the program's name. Answers the exit status; never throws. */
export async function cli(
  argv: readonly string[],
  io: Io,
  services: Services = SERVICES,
  commands: readonly CliCommand[] = COMMANDS,
): Promise<number> {
  let status: number = EXIT_STATUS.COMPLETE;
  let terminal = new Terminal(io);
  const program = new Command('cdk-image-janitor')
    .description('Retires old images that nothing uses, and says why for every image.')
    .version(ENGINE_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help shows the options)')
    .addHelpText('after', `
Exit status: 0 complete, 1 failed, 2 bad input, 3 usage incomplete (nothing was retired where it matters), 4 partial.
Credentials, Region and endpoints come from the standard AWS environment.`);
  for (const command of commands) {
    const child = program.command(command.name).description(command.description);
    command.declare(child);
    child
      .option('--no-color', 'no colours (they are off too where NO_COLOR is set or the output is no terminal)')
      .option('--quiet', 'no progress and no notes on stderr')
      .action(async () => {
        const options = child.opts();
        terminal = new Terminal(io, options);
        status = await command.run({ options, args: child.args, io, terminal, services });
      });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    // Commander has said it already; its own status for a wrong command line is 1.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_STATUS.COMPLETE : EXIT_STATUS.BAD_INPUT;
    terminal.error(error instanceof Error ? error.message : String(error));
    if (io.env.DEBUG && error instanceof Error) io.stderr.write(`${error.stack}\n`);
    return error instanceof BadInput ? EXIT_STATUS.BAD_INPUT : EXIT_STATUS.FAILED;
  }
}
