import pc from 'picocolors';

/** A stream as far as the screen needs one. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What the demo writes: colour and a spinner on a terminal, plain lines anywhere else. */
export class Screen {
  private readonly paint: ReturnType<typeof pc.createColors>;
  /** As the report's table, which the demo shows too. */
  private readonly width: number;
  private step = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: ScreenStream, readonly colors: boolean, columns = stream.columns ?? (Number(process.env.COLUMNS) || 100)) {
    this.paint = pc.createColors(colors);
    this.width = Math.min(160, Math.max(72, columns));
  }

  title(text: string, explanation: string): void {
    this.line(this.paint.bold(text));
    this.write('', explanation, this.paint.dim);
  }

  heading(text: string): void {
    this.step += 1;
    this.line('');
    this.write(`${this.step}  `, text, (line) => this.paint.bold(this.paint.cyan(line)));
  }

  line(text: string): void {
    this.stream.write(`${text}\n`);
  }

  detail(text: string): void {
    this.write('   ', text);
  }

  /** In small print. */
  aside(text: string): void {
    this.write('   ', text, this.paint.dim);
  }

  item(text: string): void {
    this.write('     · ', text);
  }

  good(text: string): void {
    this.write(`   ${this.paint.green('✓')} `, text);
  }

  bad(text: string): void {
    this.write(`   ${this.paint.red('✗')} `, text);
  }

  warn(text: string): void {
    this.write(`   ${this.paint.yellow('!')} `, text);
  }

  /** Text after a mark; the lines that follow the first begin below its text. */
  private write(mark: string, text: string, paint: (line: string) => string = String): void {
    const indent = visible(mark);
    wrapText(text, this.width - indent).forEach((line, at) => this.line(at === 0 ? paint(`${mark}${line}`) : `${' '.repeat(indent)}${paint(line)}`));
  }

  strong(text: string): string {
    return this.paint.bold(text);
  }

  /** Shows that something is going on; what it says is replaced when it is over. */
  async busy<T>(text: string, work: () => Promise<T>): Promise<T> {
    if (!this.stream.isTTY) return work();
    const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
    let frame = 0;
    this.timer = setInterval(() => {
      this.stream.write(`\r   ${this.paint.cyan(frames[frame++ % frames.length]!)} ${text}\x1b[K`);
    }, 80);
    try {
      return await work();
    } finally {
      clearInterval(this.timer);
      this.stream.write('\r\x1b[K');
    }
  }
}

/** Breaks a text between words; a word that is wider than a line is left whole. Colours take no room. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && visible(last) + 1 + visible(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function visible(text: string): number {
  // eslint-disable-next-line no-control-regex
  return [...text.replace(/\u001b\[\d+m/g, '')].length;
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
