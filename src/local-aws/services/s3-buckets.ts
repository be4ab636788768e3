import { createHash } from 'node:crypto';
import { byText } from '../paging';

export interface S3Object {
  readonly key: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly lastModified: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Bucket {
  readonly name: string;
  readonly account: string;
  readonly createdAt: number;
  readonly objects: Map<string, S3Object>;
}

/** The buckets of the partition: their names are unique across accounts. */
export class S3Buckets {
  readonly all = new Map<string, S3Bucket>();

  constructor(private readonly clock: () => number) {}

  create(name: string, account: string): S3Bucket {
    const bucket = { name, account, createdAt: this.clock(), objects: new Map<string, S3Object>() };
    this.all.set(name, bucket);
    return bucket;
  }

  put(bucket: string, key: string, content: Buffer | string, headers: Readonly<Record<string, string>> = {}): S3Object {
    const found = this.all.get(bucket);
    if (!found) throw new Error(`there is no bucket ${bucket}`);
    const body = Buffer.from(content);
    const object = { key, body, etag: `"${createHash('md5').update(body).digest('hex')}"`, lastModified: this.clock(), headers };
    found.objects.set(key, object);
    return object;
  }

  /** An object's text; undefined when it is not there. */
  text(bucket: string, key: string): string | undefined {
    return this.all.get(bucket)?.objects.get(key)?.body.toString('utf8');
  }

  keys(bucket: string, prefix = ''): string[] {
    return [...this.all.get(bucket)?.objects.keys() ?? []].filter((key) => key.startsWith(prefix)).sort(byText);
  }
}
