import { findOperation } from '../../contract/operations';
import type { SourceProblem } from '../../contract/report';

/** A call to AWS that did not give a usable answer, in words that a person can act on. */
export class AwsCallError extends Error {
  constructor(
    readonly service: string,
    readonly operation: string,
    /** AWS's error code, or the transport's. */
    readonly code: string,
    message: string,
    readonly kind: 'denied' | 'throttled' | 'unusable' | 'failed',
    /** IAM action, for a denial. */
    readonly missingAction?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'AwsCallError';
  }
}

const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden']);
const THROTTLED = new Set([
  'Throttling', 'ThrottlingException', 'ThrottledException', 'RequestThrottled', 'RequestThrottledException', 'TooManyRequestsException',
  'RequestLimitExceeded', 'BandwidthLimitExceeded', 'SlowDown', 'LimitExceededException',
]);
/** Names of errors that say less than the `code` beside them (`ECONNREFUSED`, `ECONNRESET`). */
const GENERIC = new Set([undefined, '', 'Error', 'AggregateError']);

/** Turns what an SDK client threw into an {@link AwsCallError}. */
export function toAwsCallError(service: string, operation: string, thrown: unknown): AwsCallError {
  if (thrown instanceof AwsCallError) return thrown;
  const error = thrown as { name?: string; message?: string; Code?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const code = String(GENERIC.has(error?.name) ? error?.Code ?? error?.code ?? error?.name ?? 'Error' : error.name);
  const message = firstLine(error?.message || code);
  const httpStatus = error?.$metadata?.httpStatusCode;
  const call = `${service} ${operation}`;
  if (DENIED.has(code)) {
    // AWS's own word comes first: one call may need several actions (kms:Decrypt to read an encrypted object).
    const action = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1]
      ?? findOperation(service, operation)?.action ?? `${service.toLowerCase()}:${operation}`;
    const text = `${call}: access denied; the IAM action ${action} is missing (AWS says: ${message})`;
    return new AwsCallError(service, operation, code, text, 'denied', action, { cause: thrown });
  }
  if (THROTTLED.has(code) || httpStatus === 429) {
    return new AwsCallError(service, operation, code, `${call}: throttled past all retries (${message})`, 'throttled', undefined, { cause: thrown });
  }
  if (code === 'SyntaxError' || /deserializ|unexpected token|is not valid json|expected .* json/i.test(message)) {
    return new AwsCallError(service, operation, code, `${call}: the answer could not be parsed (${message})`, 'unusable', undefined, { cause: thrown });
  }
  const status = httpStatus ? ` (HTTP ${httpStatus})` : '';
  return new AwsCallError(service, operation, code, `${call}: ${code}${status}: ${message}`, 'failed', undefined, { cause: thrown });
}

/** An answer that AWS gave but that cannot be right: a page that contradicts itself, a list that is missing. */
export function unusable(service: string, operation: string, what: string): AwsCallError {
  return new AwsCallError(service, operation, 'UnusableAnswer', `${service} ${operation}: ${what}`, 'unusable');
}

/** The problem that a source reports for a failed call. */
export function toProblem(thrown: unknown): SourceProblem {
  if (thrown instanceof AwsCallError) {
    if (thrown.missingAction) {
      const fix = /explicit deny/i.test(thrown.message)
        ? `take ${thrown.missingAction} out of the policy that denies it to the runner's role`
        : `allow ${thrown.missingAction} in the runner's role`;
      return { text: thrown.message, missingAction: thrown.missingAction, fix };
    }
    if (thrown.kind === 'throttled') return { text: thrown.message, fix: 'run at a quieter time, or ask AWS to raise the request rate' };
    return { text: thrown.message };
  }
  return { text: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown) };
}

function firstLine(text: string): string {
  const line = text.split('\n')[0]!.trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
