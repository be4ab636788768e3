import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RecordStore, StoredObject, WriteCondition } from './store';
import { paginate } from '../aws/paginate';
import { AwsCallError, toAwsCallError, unusable } from '../aws/problems';

/** The record in the record bucket, below a prefix. S3 writes an object whole or not at all, and decides conditions atomically. */
export function s3Record(s3: S3Client, bucket: string, prefix = ''): RecordStore {
  const root = prefix === '' ? '' : `${prefix}/`;
  return {
    location: `s3://${bucket}/${root}`,

    async read(key: string): Promise<StoredObject | undefined> {
      try {
        const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: root + key }));
        return { body: await answer.Body!.transformToString('utf-8'), etag: etagOf('GetObject', answer.ETag) };
      } catch (thrown) {
        if (thrown instanceof AwsCallError && thrown.code === 'NoSuchKey') return undefined;
        // The body comes after the call, and can break off.
        throw toAwsCallError('S3', 'GetObject', thrown);
      }
    },

    async write(key: string, body: string, condition?: WriteCondition): Promise<StoredObject | undefined> {
      try {
        const answer = await s3.send(new PutObjectCommand({
          Bucket: bucket,
          Key: root + key,
          Body: body,
          ContentType: key.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8',
          ...(condition && 'ifAbsent' in condition ? { IfNoneMatch: '*' } : {}),
          ...(condition && 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : {}),
        }));
        return { body, etag: etagOf('PutObject', answer.ETag) };
      } catch (thrown) {
        // 409: another conditional write of the same key was under way; it won.
        if (condition && thrown instanceof AwsCallError && ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'].includes(thrown.code)) return undefined;
        throw thrown;
      }
    },

    async list(below: string): Promise<string[]> {
      const objects = await paginate({
        service: 'S3',
        operation: 'ListObjectsV2',
        page: (token) => s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: root + below, ContinuationToken: token })),
        // S3 leaves the list out when there is nothing to list, and says so in KeyCount.
        items: (page) => page.Contents ?? (page.KeyCount === 0 ? [] : undefined),
        token: (page) => page.NextContinuationToken,
      });
      return objects.map(({ Key }) => Key!.slice(root.length)).sort();
    },
  };
}

/** Without one it was not S3 that answered; and a write on condition of nothing would be a write without a condition. */
function etagOf(operation: string, etag: string | undefined): string {
  if (!etag) throw unusable('S3', operation, 'the answer has no ETag in it');
  return etag;
}
