import { writeSync } from 'node:fs';

/**
 * Keeps the program alive when its output cannot be written: half a sweep would be worse than a report that nobody reads. A reader
 * that has gone (EPIPE) is normal; anything else (a full disk, a log that was closed) turns a success into a failure at the end, for
 * what was said may be lost.
 */
export function surviveBrokenOutput(program: NodeJS.Process): void {
  const broken = new Map<string, string>();
  for (const [name, stream] of [['stdout', program.stdout], ['stderr', program.stderr]] as const) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') broken.set(name, error.message);
    });
  }
  program.once('exit', () => {
    if (broken.size === 0) return;
    program.exitCode ||= 1;
    const [name, message] = [...broken][0]!;
    try {
      // The stream that works, if one does; past Node's buffers, which nobody empties any more.
      writeSync(broken.has('stderr') ? 1 : 2, `error: ${name} could not be written: ${message}\n`);
    } catch {
      // Nobody can be told; the exit status remains.
    }
  });
}
