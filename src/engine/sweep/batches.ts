import { retired, type Plan } from '../plan/plan';
import type { PlannedImage, PlannedRepository } from '../plan/repository';

/** Images that must go together or not at all: retired roots that share members, and all of those members. */
export interface Unit {
  readonly repository: string;
  readonly images: readonly PlannedImage[];
}

/** Units that are retired after one reading of the usage. */
export type Batch = readonly Unit[];

/** Large enough that re-reading the usage costs little, small enough that what was read is fresh when the last image goes. */
const BATCH_SIZE = 500;

export function makeBatches(plan: Plan, size = BATCH_SIZE): Batch[] {
  const batches: Unit[][] = [];
  let room = 0;
  for (const repository of plan.repositories) {
    for (const unit of makeUnits(repository)) {
      if (unit.images.length > room) {
        batches.push([]);
        room = size;
      }
      batches.at(-1)!.push(unit);
      room -= unit.images.length;
    }
  }
  return batches;
}

function makeUnits(repository: PlannedRepository): Unit[] {
  const leaving = new Map(retired(repository).map((image) => [image.manifest.digest, image]));
  const units: Unit[] = [];
  const seen = new Set<string>();
  // The oldest first: where the deadline cuts a sweep short, the youngest stay longest.
  for (const digest of [...leaving.keys()].reverse()) {
    if (seen.has(digest)) continue;
    // From a member to its roots, from a root to its members, until nothing is new.
    const together = new Set([digest]);
    for (const member of together) {
      const node = repository.graph.nodes.get(member)!;
      for (const root of node.roots) if (leaving.has(root.manifest.digest)) together.add(root.manifest.digest);
      for (const other of node.closure) if (leaving.has(other.manifest.digest)) together.add(other.manifest.digest);
    }
    for (const member of together) seen.add(member);
    const images = [...together].map((member) => leaving.get(member)!);
    // Roots first: what holds for a root says more than what its members inherit.
    images.sort((a, b) => Number(b.role === 'root') - Number(a.role === 'root'));
    units.push({ repository: repository.name, images });
  }
  return units;
}
