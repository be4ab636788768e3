/** An AWS of a few lines: answers real SDK clients over HTTP, by operation, with whatever a test wants. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createClients, type Clients } from '../../../src/engine/aws/clients';

export type Input = Record<string, any>;
export type Handler = (input: Input) => object | Raw | undefined;

/** An answer that is not a JSON document with status 200. */
export class Raw {
  constructor(readonly status: number, readonly body: string, readonly headers: Record<string, string> = {}) {}
}

/** The connection ends without an answer. */
export const RESET = new Raw(0, '');

/** An error as the JSON protocols of AWS spell it. */
export function awsError(code: string, message = code, status = 400): Raw {
  return new Raw(status, JSON.stringify({ __type: code, message }), { 'x-amzn-errortype': code });
}

export class AwsStub {
  static async start(): Promise<AwsStub> {
    const stub = new AwsStub();
    await new Promise<void>((resolve) => stub.server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(stub.server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'dummy',
      AWS_SECRET_ACCESS_KEY: 'dummy',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    return stub;
  }

  /** Every call that came, in order. */
  readonly calls: { readonly operation: string; readonly input: Input; readonly userAgent?: string }[] = [];
  private readonly handlers = new Map<string, Handler>();
  private readonly opened: Clients[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request).then((answer) => {
      if (answer === RESET) return request.socket.destroy();
      return response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1', ...answer.headers }).end(answer.body);
    });
  });

  constructor() {
    this.server.on('connection', (socket) => this.sockets.add(socket));
  }

  /** Answers an operation, until told otherwise. */
  on(operation: string, handler: Handler): void {
    this.handlers.set(operation, handler);
  }

  /** Puts something in the way of an operation: undefined lets the call through to what answered it before. */
  intercept(operation: string, handler: Handler): void {
    const before = this.handlers.get(operation);
    this.handlers.set(operation, (input) => handler(input) ?? before?.(input));
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  async clients(maxAttempts = 1): Promise<Clients> {
    const clients = await createClients({ region: 'eu-west-1', maxAttempts });
    this.opened.push(clients);
    return clients;
  }

  async stop(): Promise<void> {
    for (const clients of this.opened) clients.destroy();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<Raw> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = recognise(request, Buffer.concat(chunks).toString());
    this.calls.push({ ...call, userAgent: request.headers['user-agent'] });
    const answer = this.handlers.get(call.operation)?.(call.input);
    if (answer === undefined) return awsError('UnknownOperationException', `nothing answers ${call.operation}`);
    return answer instanceof Raw ? answer : new Raw(200, JSON.stringify(answer));
  }
}

function recognise(request: IncomingMessage, body: string): { operation: string; input: Input } {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.slice(target.indexOf('.') + 1), input: JSON.parse(body) };
  const url = new URL(request.url!, 'http://stub');
  const input = Object.fromEntries(url.searchParams);
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)$/.exec(url.pathname) ?? [];
  return name === undefined ? { operation: 'ListFunctions', input } : { operation: 'GetFunction', input: { ...input, FunctionName: decodeURIComponent(name) } };
}
