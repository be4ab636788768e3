/**
 * Where the record is kept: one bucket, or a local folder with the same keys. Keys are slash-separated; bodies are text.
 */
export interface RecordStore {
  /** For people: `s3://bucket` or a path. */
  readonly location: string;
  /** Undefined when there is no such key; throws when that cannot be told. */
  read(key: string): Promise<StoredObject | undefined>;
  /** Writes whole or not at all. With a condition that does not hold, writes nothing and answers undefined. */
  write(key: string, body: string, condition?: WriteCondition): Promise<StoredObject | undefined>;
  /** Keys below a prefix, sorted. */
  list(prefix: string): Promise<string[]>;
}

export interface StoredObject {
  readonly body: string;
  /** Changes whenever the body is written; for {@link WriteCondition}. */
  readonly etag: string;
}

export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** Something in the record cannot be read. Nobody's to guess at: a person has to look. */
export function damaged(record: RecordStore, key: string, body: string): Error {
  return new Error(`${key} of the record ${record.location} cannot be read (it begins with ${JSON.stringify(body.slice(0, 60))}): look at it, and delete it once no run is under way`);
}

/** A write whose answer was lost is tried again by the SDK, and then meets its own first attempt: what it wrote tells. */
export async function writeOnce(record: RecordStore, key: string, body: string, condition: WriteCondition): Promise<StoredObject | undefined> {
  const stored = await record.write(key, body, condition);
  if (stored) return stored;
  const present = await record.read(key);
  return present?.body === body ? present : undefined;
}
