/** The bundle's entry: Lambda loads it for the handler, everyone else starts it as a program. */
import { cli } from './cli';

export { handler } from './lambda';

if (require.main === module) {
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever read the output has gone. The run goes on: half a sweep would be worse than a report that nobody reads.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  void cli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, env: process.env, folder: process.cwd() })
    .then((status) => {
      process.exitCode = status;
    });
}
