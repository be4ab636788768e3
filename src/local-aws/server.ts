/** The HTTP side: from a request to a call of an operation, and back. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Authorization } from './authorization';
import { Answer, AwsError, type Call, type Json, type ServiceName } from './call';
import { summarise, type CallRecorder, type RecordedCall } from './calls';
import { deliver, type Delivery } from './fault-delivery';
import type { Faults } from './faults';
import type { Principal, PrincipalDirectory } from './principals';
import type { Quotas } from './quotas';
import { credentialScope, decodeBody, readRequest } from './wire/http';
import type { Service, WireRequest } from './wire/protocol';
import type { World } from './world';

/** Called before an operation is carried out; what it throws is answered. */
export type CallHook = (call: RecordedCall) => void | Promise<void>;

export interface ServerParts {
  readonly world: World;
  readonly services: readonly Service[];
  readonly principals: PrincipalDirectory;
  readonly authorization: Authorization;
  readonly faults: Faults;
  readonly quotas: Quotas;
  readonly calls: CallRecorder;
  readonly hooks: ReadonlySet<CallHook>;
  readonly defaultRegion: string;
  readonly latency: () => number;
}

export async function listen(parts: ServerParts, port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    serve(parts, request, response).catch((error: unknown) => {
      // A bug of ours: loud, and nothing that a caller could take for an answer.
      process.emitWarning(error instanceof Error ? error : String(error), 'LocalAwsWarning');
      response.destroy();
    });
  });
  // Clients keep connections; closing one just as it is used again looks like a fault that nobody injected.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { port: (server.address() as { port: number }).port, stop: () => close(server) };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

async function serve(parts: ServerParts, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await readRequest(message);
  const requestId = randomUUID();
  const service = findService(parts.services, request);
  if (!service) return send(response, unknownOperation(request, requestId));
  try {
    const decoded = decodeBody(request);
    const identified = service.protocol.identify(decoded);
    const handler = identified && service.operations[identified.operation];
    if (!handler) return send(response, service.protocol.fail(new AwsError('UnknownOperationException', `The embedded AWS does not implement ${identified?.operation ?? `${request.method} ${request.path}`} of ${service.name}`, 501), requestId));
    const { operation, input } = identified;
    const principal = authenticate(parts.principals, service.name, request);
    const scope = credentialScope(request.headers)!;
    const region = parts.world.region(principal.account, scope.region || parts.defaultRegion);
    const call: Call = {
      service: service.name,
      operation,
      input,
      principal,
      region,
      at: parts.world.clock(),
      allowed: (action, resource) => parts.authorization.allows(principal, action, resource),
    };
    const record = parts.calls.add({
      service: service.name,
      operation,
      principal: principal.arn,
      account: principal.account,
      region: region.place.region,
      input: summarise(input),
      userAgent: request.headers['user-agent'] ?? '',
      at: call.at,
    });
    if (parts.latency() > 0) await new Promise((resolve) => setTimeout(resolve, parts.latency()));
    try {
      await transmit(response, await carryOut(parts, call, record, async (actual) => handler(actual)), record, service, requestId);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      record.error = error.code;
      send(response, service.protocol.fail(error, requestId), call);
    }
  } catch (error) {
    if (error instanceof AwsError) return send(response, service.protocol.fail(error, requestId));
    if (error instanceof SyntaxError) return send(response, service.protocol.fail(new AwsError('SerializationException', 'The request could not be parsed'), requestId));
    throw error;
  }
}

async function carryOut(parts: ServerParts, call: Call, record: RecordedCall, handler: (call: Call) => Promise<Json | Answer>): Promise<Delivery> {
  const { place } = call.region;
  await parts.authorization.check(call);
  parts.quotas.take(call.service, call.operation, `${place.account}/${place.region}`);
  for (const hook of parts.hooks) await hook(record);
  return deliver(parts.faults.next(call.service, call.operation), call, handler, (denied) => parts.authorization.denial(denied));
}

async function transmit(response: ServerResponse, delivery: Delivery, record: RecordedCall, service: Service, requestId: string): Promise<void> {
  if (delivery.kind !== 'answer') record.error = delivery.kind;
  if (delivery.kind === 'never') return;
  if (delivery.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { answer } = delivery;
  const whole = answer instanceof Answer ? answer : service.protocol.encode(record.operation, answer, requestId);
  if (delivery.kind === 'answer') return send(response, whole, record);
  const body = Buffer.from(whole.body);
  if (body.length === 0) {
    // Headers alone would be the whole answer.
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(whole.status, { ...whole.headers, 'content-length': String(body.length) });
  await new Promise<void>((resolve) => response.write(body.subarray(0, Math.floor(body.length / 2)), () => resolve()));
  response.destroy();
}

function send(response: ServerResponse, answer: Answer, call?: { readonly operation: string }): void {
  const body = Buffer.from(answer.body);
  const isHead = call?.operation.startsWith('Head') ?? false;
  response.writeHead(answer.status, { ...(isHead ? {} : { 'content-length': String(body.length) }), ...answer.headers });
  response.end(isHead ? undefined : body);
}

/** By the target of a JSON protocol, else by the service that the request was signed for. */
function findService(services: readonly Service[], request: WireRequest): Service | undefined {
  const target = request.headers['x-amz-target'];
  if (target) return services.find(({ protocol }) => protocol.identify({ ...request, body: Buffer.alloc(0) }) !== undefined);
  const signingName = credentialScope(request.headers)?.signingName;
  return services.find((service) => service.signingName === signingName);
}

function authenticate(principals: PrincipalDirectory, service: ServiceName, request: WireRequest): Principal {
  const principal = principals.find(credentialScope(request.headers)?.accessKeyId);
  if (principal) return principal;
  if (service === 'S3') throw new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403);
  const code = service === 'STS' ? 'InvalidClientTokenId' : 'UnrecognizedClientException';
  throw new AwsError(code, 'The security token included in the request is invalid.', service === 'ECR' || service === 'ECS' ? 400 : 403);
}

function unknownOperation({ method, path, headers }: WireRequest, requestId: string): Answer {
  const what = headers['x-amz-target'] ?? `${method} ${path}`;
  return new Answer(
    501,
    { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId, 'x-amzn-errortype': 'UnknownOperationException' },
    JSON.stringify({ __type: 'UnknownOperationException', message: `The embedded AWS does not implement ${what}` }),
  );
}
