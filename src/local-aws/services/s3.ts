/** Amazon S3, path style: objects with conditional writes, and their listing. */
import type { S3Bucket, S3Object } from './s3-buckets';
import { Answer, AwsError, type Call, type Handler, type Json } from '../call';
import { byText, page } from '../paging';
import type { Identified, Protocol, Service, WireRequest } from '../wire/protocol';
import { toXml } from '../wire/xml';

const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const STORED_HEADERS = /^(content-type|content-encoding|cache-control|x-amz-meta-.+)$/;

const operations: Record<string, Handler> = {
  CreateBucket({ input, region }) {
    const existing = region.world.buckets.all.get(input.Bucket);
    if (existing && existing.account !== region.place.account) {
      throw new AwsError('BucketAlreadyExists', 'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.', 409);
    }
    if (existing) throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', 409);
    region.world.buckets.create(input.Bucket, region.place.account);
    return new Answer(200, { location: `/${input.Bucket}` });
  },

  HeadBucket(call) {
    bucketOf(call);
    return new Answer(200, { 'x-amz-bucket-region': call.region.place.region });
  },

  PutObject(call) {
    const { objects } = bucketOf(call);
    const { Key: key, headers } = call.input;
    checkConditions(objects.get(key), headers, key);
    const stored = Object.fromEntries(Object.entries(headers as Record<string, string>).filter(([name]) => STORED_HEADERS.test(name)));
    if (stored['content-encoding']) {
      const encodings = stored['content-encoding'].split(',').map((encoding) => encoding.trim()).filter((encoding) => encoding !== 'aws-chunked');
      stored['content-encoding'] = encodings.join(',');
      if (encodings.length === 0) delete stored['content-encoding'];
    }
    const object = call.region.world.buckets.put(call.input.Bucket, key, call.input.Body, stored);
    return new Answer(200, { etag: object.etag });
  },

  async GetObject(call) {
    const object = await objectOf(call);
    return new Answer(200, headersOf(object), object.body);
  },

  async HeadObject(call) {
    const object = await objectOf(call);
    return new Answer(200, { ...headersOf(object), 'content-length': String(object.body.length) });
  },

  DeleteObject(call) {
    const { objects } = bucketOf(call);
    const { Key: key, headers } = call.input;
    if (headers['if-match']) checkConditions(objects.get(key), { 'if-match': headers['if-match'] }, key);
    objects.delete(key);
    return new Answer(204, {});
  },

  ListObjectsV2(call) {
    const bucket = bucketOf(call);
    const { 'prefix': prefix = '', delimiter, 'start-after': startAfter = '', 'encoding-type': encoding } = call.input;
    const asked = Number(call.input['max-keys'] ?? 1000);
    const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort(byText);
    const entries: string[] = [];
    for (const key of keys) {
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      const entry = end < 0 ? key : key.slice(0, end + delimiter.length);
      if (entries[entries.length - 1] !== entry) entries.push(entry);
    }
    const { items, token } = page(entries, (entry) => entry, { token: call.input['continuation-token'], size: Math.min(asked, 1000) });
    const encode = (text: string) => (encoding === 'url' ? encodeURIComponent(text).replace(/%2F/g, '/') : text);
    const contents = items.filter((entry) => bucket.objects.has(entry)).map((key) => bucket.objects.get(key)!);
    return {
      ListBucketResult: {
        Name: bucket.name,
        Prefix: encode(prefix),
        Delimiter: delimiter,
        MaxKeys: asked,
        KeyCount: items.length,
        EncodingType: encoding,
        IsTruncated: token !== undefined,
        NextContinuationToken: token,
        ContinuationToken: call.input['continuation-token'],
        Contents: contents.map((object) => ({
          Key: encode(object.key),
          LastModified: new Date(object.lastModified).toISOString(),
          ETag: object.etag,
          Size: object.body.length,
          StorageClass: 'STANDARD',
        })),
        CommonPrefixes: items.filter((entry) => !bucket.objects.has(entry)).map((entry) => ({ Prefix: encode(entry) })),
      },
    };
  },
};

/** Path style only: virtual hosts need a name server. */
const protocol: Protocol = {
  identify(request) {
    const [, bucket, ...rest] = request.path.split('/');
    if (!bucket) return undefined;
    const key = rest.map(decodeURIComponent).join('/');
    const operation = key ? objectOperation(request) : bucketOperation(request);
    if (!operation) return undefined;
    const input: Json = { ...Object.fromEntries(request.query), Bucket: bucket, ...(key ? { Key: key, headers: request.headers } : {}) };
    if (operation === 'PutObject') input.Body = request.body;
    return { operation, input } satisfies Identified;
  },
  encode(_operation, output, requestId) {
    const [root, content] = Object.entries(output)[0] ?? ['Result', ''];
    return new Answer(200, { 'content-type': 'application/xml', 'x-amz-request-id': requestId }, `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(root, content, NAMESPACE)}`);
  },
  fail: (error, requestId) => new Answer(
    error.status,
    { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    `<?xml version="1.0" encoding="UTF-8"?>\n${toXml('Error', { Code: error.code, Message: error.message, ...error.details, RequestId: requestId })}`,
  ),
};

export const s3: Service = { name: 'S3', signingName: 's3', protocol, operations };

function objectOperation({ method, query }: WireRequest): string | undefined {
  // Parts of multipart uploads, tags, ACLs and the like are other operations, told apart by the query.
  const plain = [...query.keys()].every((name) => name === 'x-id' || name.startsWith('response-'));
  return plain ? { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method] : undefined;
}

function bucketOperation({ method, query }: WireRequest): string | undefined {
  if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
  return [...query.keys()].every((name) => name === 'x-id') ? { HEAD: 'HeadBucket', PUT: 'CreateBucket' }[method] : undefined;
}

function bucketOf({ input, region }: Call): S3Bucket {
  const bucket = region.world.buckets.all.get(input.Bucket);
  if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: input.Bucket });
  return bucket;
}

async function objectOf(call: Call): Promise<S3Object> {
  const bucket = bucketOf(call);
  const { Key: key, headers } = call.input;
  const object = bucket.objects.get(key);
  if (!object) {
    // Who may not list must not learn that the object is not there.
    const bucketArn = `arn:${call.region.place.partition}:s3:::${bucket.name}`;
    if (!await call.allowed('s3:ListBucket', bucketArn)) {
      throw new AwsError('AccessDenied', `User: ${call.principal.arn} is not authorized to perform: s3:ListBucket on resource: "${bucketArn}" because no identity-based policy allows the s3:ListBucket action`, 403);
    }
    throw noSuchKey(key);
  }
  if (headers['if-match'] && headers['if-match'] !== object.etag) throw preconditionFailed('If-Match');
  if (headers['if-none-match'] && headers['if-none-match'] === object.etag) throw new AwsError('NotModified', 'Not Modified', 304);
  return object;
}

function checkConditions(existing: S3Object | undefined, headers: Json, key: string): void {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, { Header: 'If-None-Match' });
  }
  if (ifNoneMatch === '*' && existing) throw preconditionFailed('If-None-Match');
  if (ifMatch !== undefined && !existing) throw noSuchKey(key);
  if (ifMatch !== undefined && ifMatch !== '*' && `"${ifMatch.replace(/"/g, '')}"` !== existing!.etag) throw preconditionFailed('If-Match');
}

function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, { Condition: condition });
}

function headersOf(object: S3Object): Record<string, string> {
  return {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    'etag': object.etag,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
  };
}
