import type { Protocol } from './protocol';
import { toXml } from './xml';
import { Answer } from '../call';

/** A form over POST, XML back. Members are flat strings, which is all that the operations here need. */
export function awsQuery(namespace: string): Protocol {
  const headers = (requestId: string) => ({ 'content-type': 'text/xml', 'x-amzn-requestid': requestId });
  return {
    identify(request) {
      const form = new URLSearchParams(request.body.toString('utf8'));
      for (const [name, value] of request.query) form.set(name, value);
      const operation = form.get('Action');
      return operation ? { operation, input: Object.fromEntries(form) } : undefined;
    },
    encode: (operation, output, requestId) => new Answer(200, headers(requestId), toXml(
      `${operation}Response`,
      { [`${operation}Result`]: output, ResponseMetadata: { RequestId: requestId } },
      ` xmlns="${namespace}"`,
    )),
    fail: (error, requestId) => new Answer(error.status, headers(requestId), toXml(
      'ErrorResponse',
      { Error: { Type: error.status < 500 ? 'Sender' : 'Receiver', Code: error.code, Message: error.message }, RequestId: requestId },
      ` xmlns="${namespace}"`,
    )),
  };
}
