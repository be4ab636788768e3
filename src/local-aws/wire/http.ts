/** Reads requests whole, with the framing that the SDKs put around a body that they check while sending it. */
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import type { WireRequest } from './protocol';
import { AwsError } from '../call';

/** Who signed the request, for which service and region. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

export async function readRequest(message: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const [path = '/', query = ''] = (message.url ?? '/').split('?');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  return { method: message.method ?? 'GET', path, query: new URLSearchParams(query), headers, body: Buffer.concat(chunks) };
}

export function credentialScope(headers: WireRequest['headers']): CredentialScope | undefined {
  const match = /Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  return match ? { accessKeyId: match[1]!, region: match[2]!, signingName: match[3]! } : undefined;
}

/** Takes `aws-chunked` framing off a body and checks the checksum that comes with it, as S3 does. */
export function decodeBody(request: WireRequest): WireRequest {
  const streaming = (request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const { content, trailers } = streaming ? unchunk(request.body) : { content: request.body, trailers: {} as Record<string, string> };
  const expected = trailers['x-amz-checksum-crc32'] ?? request.headers['x-amz-checksum-crc32'];
  if (expected !== undefined) {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(content));
    if (sum.toString('base64') !== expected) throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  }
  return { ...request, body: content };
}

/** `SIZE[;chunk-signature=…]\r\nDATA\r\n … 0\r\nTRAILER: VALUE\r\n\r\n` */
function unchunk(framed: Buffer): { content: Buffer; trailers: Record<string, string> } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = framed.indexOf('\r\n', at);
    const size = end < 0 ? NaN : parseInt(framed.toString('latin1', at, end), 16);
    if (!Number.isInteger(size)) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    at = end + 2;
    if (size === 0) break;
    parts.push(framed.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of framed.toString('latin1', at).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { content: Buffer.concat(parts), trailers };
}
