import pc from 'picocolors';

/** What the demo writes: colour and a spinner on a terminal, plain lines anywhere else. */
export class Screen {
  private readonly paint: ReturnType<typeof pc.createColors>;
  private step = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: NodeJS.WriteStream, readonly colors: boolean) {
    this.paint = pc.createColors(colors);
  }

  title(text: string, explanation: string): void {
    this.line(this.paint.bold(text));
    this.line(this.paint.dim(explanation));
  }

  heading(text: string): void {
    this.step += 1;
    this.line('');
    this.line(this.paint.bold(this.paint.cyan(`${this.step}  ${text}`)));
  }

  line(text: string): void {
    this.stream.write(`${text}\n`);
  }

  detail(text: string): void {
    this.line(`   ${text}`);
  }

  quote(text: string): void {
    for (const line of text.split('\n')) this.line(`   ${this.paint.dim('│')} ${line}`);
  }

  good(text: string): void {
    this.line(`   ${this.paint.green('✓')} ${text}`);
  }

  bad(text: string): void {
    this.line(`   ${this.paint.red('✗')} ${text}`);
  }

  warn(text: string): void {
    this.line(`   ${this.paint.yellow('!')} ${text}`);
  }

  strong(text: string): string {
    return this.paint.bold(text);
  }

  dim(text: string): string {
    return this.paint.dim(text);
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

export function gigabytes(bytes: number): string {
  const value = bytes / 2 ** 30;
  return `${value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1)} GB`;
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
