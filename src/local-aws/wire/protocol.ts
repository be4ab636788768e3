import type { Answer, AwsError, Handler, Json, ServiceName } from '../call';

/** An HTTP request, read whole. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Identified {
  readonly operation: string;
  readonly input: Json;
}

/** How a service's calls look on the wire. */
export interface Protocol {
  /** Undefined for a request that is none of the service's operations. */
  identify(request: WireRequest): Identified | undefined;
  encode(operation: string, output: Json, requestId: string): Answer;
  fail(error: AwsError, requestId: string): Answer;
}

export interface Service {
  readonly name: ServiceName;
  /** The service in the credential scope of a signature. */
  readonly signingName: string;
  readonly protocol: Protocol;
  readonly operations: Readonly<Record<string, Handler>>;
}
