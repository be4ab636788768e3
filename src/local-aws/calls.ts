import type { Json, ServiceName } from './call';

export interface RecordedCall {
  readonly service: ServiceName;
  readonly operation: string;
  /** ARN of the caller's session. */
  readonly principal: string;
  readonly account: string;
  readonly region: string;
  /** Bodies are left out. */
  readonly input: Json;
  readonly userAgent: string;
  /** By the world's clock. */
  readonly at: number;
  /** Code of the error that was answered, or what was done to the connection. */
  error?: string;
}

/** Every call that reached an operation, in the order of arrival. */
export class CallRecorder implements Iterable<RecordedCall> {
  private calls: RecordedCall[] = [];

  get all(): readonly RecordedCall[] {
    return this.calls;
  }

  of(service: ServiceName, operation?: string): RecordedCall[] {
    return this.calls.filter((call) => call.service === service && (operation === undefined || call.operation === operation));
  }

  /** Numbers of calls by `SERVICE Operation`. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { service, operation } of this.calls) counts[`${service} ${operation}`] = (counts[`${service} ${operation}`] ?? 0) + 1;
    return counts;
  }

  reset(): void {
    this.calls = [];
  }

  add(call: RecordedCall): RecordedCall {
    this.calls.push(call);
    return call;
  }

  [Symbol.iterator](): Iterator<RecordedCall> {
    return this.calls[Symbol.iterator]();
  }
}

/** The input without what is large or is no input: bodies and headers. */
export function summarise(input: Json): Json {
  const { headers, ...rest } = input;
  for (const [name, value] of Object.entries(rest)) {
    if (Buffer.isBuffer(value)) rest[name] = `${value.length} bytes`;
    else if (name === 'imageManifest') rest[name] = `${String(value).length} characters`;
  }
  return rest;
}
