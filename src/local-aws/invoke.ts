import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What a function needs in order to run, as a deployed template has it. */
export interface InvocationOptions {
  /** Folder of the function's code. */
  readonly codePath: string;
  /** `file.export`, as Lambda names it. */
  readonly handler: string;
  /** The function's own variables, and what lets it reach the embedded AWS. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly event?: unknown;
  /** Each line that the function writes to its log, as it comes. */
  readonly onLog?: (line: string) => void;
}

export interface InvocationResult {
  readonly payload?: unknown;
  /** What the function threw. */
  readonly error?: { readonly name: string; readonly message: string };
  readonly log: readonly string[];
}

/** The part of Lambda's runtime that a handler can see. Runs in the child, which shares nothing with this process. */
const RUNTIME = `
const { path, name, event, timeout } = JSON.parse(process.env.LOCAL_INVOCATION);
delete process.env.LOCAL_INVOCATION;
const ends = Date.now() + timeout * 1000;
const context = { functionName: 'local', awsRequestId: require('node:crypto').randomUUID(), getRemainingTimeInMillis: () => ends - Date.now() };
const send = (message) => process.send(message, () => process.exit(0));
Promise.resolve()
  .then(() => require(path)[name](event, context))
  .then((payload) => send({ payload }), (error) => send({ error: { name: error?.name ?? 'Error', message: String(error?.message ?? error) } }));
`;

/** Runs a function's bundle in a process of its own, with nothing of this process's environment. */
export async function invokeFunction(options: InvocationOptions): Promise<InvocationResult> {
  const [file, name] = options.handler.split('.') as [string, string];
  const child = spawn(process.execPath, ['-e', RUNTIME], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...options.environment,
      LOCAL_INVOCATION: JSON.stringify({ path: join(options.codePath, file), name, event: options.event ?? {}, timeout: options.timeoutSeconds }),
    },
  });
  const log: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        log.push(line);
        options.onLog?.(line);
      }
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutSeconds * 1000);
  let answer: Omit<InvocationResult, 'log'> | undefined;
  child.on('message', (message) => { answer = message as Omit<InvocationResult, 'log'>; });
  const signal = await new Promise<string | null>((resolve) => child.on('close', (_code, by) => resolve(by)));
  clearTimeout(timer);
  return { ...(answer ?? { error: { name: 'Runtime.ExitError', message: signal === 'SIGKILL' ? `timed out after ${options.timeoutSeconds} s` : 'the function exited without an answer' } }), log };
}
