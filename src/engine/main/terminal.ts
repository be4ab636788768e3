import pc from 'picocolors';
import type { SignalSource } from './interrupts';
import { printable } from '../report/text';
import type { ProgressEvent } from '../run';

/** A stream as far as the command line needs one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where the command line reads from and writes to. */
export interface Io {
  /** For the result alone. */
  readonly stdout: Output;
  /** For progress, notes and errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Tells when somebody wants the program to end. */
  readonly signals?: SignalSource;
}

/** @see https://no-color.org */
export function useColors(output: Output, io: Io, wanted = true): boolean {
  return wanted && output.isTTY === true && !io.env.NO_COLOR && io.env.TERM !== 'dumb';
}

/** What goes to stderr: on a terminal, progress is one line that changes; in a log, a line for each thing that begins. */
export class Terminal {
  private readonly paint: ReturnType<typeof pc.createColors>;
  private readonly live: boolean;
  private last = '';

  constructor(private readonly io: Io, private readonly options: { quiet?: boolean; color?: boolean } = {}) {
    this.paint = pc.createColors(useColors(io.stderr, io, options.color ?? true));
    this.live = io.stderr.isTTY === true && io.env.TERM !== 'dumb';
  }

  progress(event: ProgressEvent): void {
    if (this.options.quiet) return;
    const text = printable(event.text);
    if (this.live) {
      const count = event.done === undefined ? '' : ` ${event.done}${event.total === undefined ? '' : `/${event.total}`}`;
      // A line that wraps could not be taken back.
      const line = `${text}${count}`.slice(0, (this.io.stderr.columns ?? 80) - 1);
      this.io.stderr.write(`\r\u001b[K${this.paint.dim(line)}`);
    } else if (text !== this.last) {
      this.io.stderr.write(`${text}\n`);
    }
    this.last = text;
  }

  /** Takes the progress away: something else is to be written. */
  clear(): void {
    if (this.live && this.last) this.io.stderr.write('\r\u001b[K');
    this.last = '';
  }

  note(text: string): void {
    this.say(`${this.paint.yellow('note:')} ${printableLines(text)}`);
  }

  /** Writes a line as it is. */
  say(text: string): void {
    if (this.options.quiet) return;
    this.clear();
    this.io.stderr.write(`${text}\n`);
  }

  error(text: string): void {
    this.clear();
    this.io.stderr.write(`${this.paint.red('error:')} ${printableLines(text)}\n`);
  }
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
