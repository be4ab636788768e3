import type { RecordStore } from './store';

/** The images of a recorded plan, by its hash: what somebody acknowledges. */
export async function readAcknowledged(record: RecordStore, hash: string): Promise<Set<string> | undefined> {
  const stored = await record.read(keyOf(hash));
  if (!stored) return undefined;
  const content = JSON.parse(stored.body) as { images?: unknown };
  if (!Array.isArray(content.images)) throw new Error(`${keyOf(hash)} of the record is not a plan`);
  return new Set(content.images.map(String));
}

/** Plans of the same images have the same hash, so writing one again changes nothing. */
export async function writePlanned(record: RecordStore, hash: string, images: readonly string[]): Promise<void> {
  await record.write(keyOf(hash), `${JSON.stringify({ version: 1, hash, images }, undefined, 2)}\n`);
}

function keyOf(hash: string): string {
  if (!/^[0-9a-f]{16}$/.test(hash)) throw new RangeError(`${JSON.stringify(hash)} is no plan hash: it has 16 hexadecimal digits, as the report of the plan says`);
  return `plans/${hash}.json`;
}
