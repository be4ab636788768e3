import type { Protocol } from './protocol';
import { Answer } from '../call';

/** JSON over POST, the operation in a header. Times are seconds since the epoch. */
export function awsJson(target: string): Protocol {
  const headers = (requestId: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId });
  return {
    identify(request) {
      const [prefix, operation] = (request.headers['x-amz-target'] ?? '').split('.');
      if (prefix !== target || !operation) return undefined;
      return { operation, input: request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {} };
    },
    encode: (_operation, output, requestId) => new Answer(200, headers(requestId), JSON.stringify(output)),
    fail: (error, requestId) => new Answer(
      error.status,
      { ...headers(requestId), 'x-amzn-errortype': error.code },
      JSON.stringify({ __type: error.code, message: error.message, ...error.details }),
    ),
  };
}
