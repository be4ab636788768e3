import type { Manifest } from '../model';
import type { Batch, Unit } from './batches';
import type { Plan } from '../plan/plan';
import type { PlannedImage, PlannedRepository } from '../plan/repository';

export interface Rechecked {
  /** Units that are still to go, every image exactly as planned. */
  readonly units: readonly Unit[];
  /** Why the images of the other units stay, by repository and digest. */
  readonly dropped: readonly { readonly repository: string; readonly digest: string; readonly text: string }[];
}

/**
 * Holds a batch against a plan that was made anew from what AWS says now. Whatever changed drops out, with all that belongs to it: a
 * new reference, a moved tag, a new index or signature, an image that came back from the archive.
 */
export function recheck(batch: Batch, fresh: Plan): Rechecked {
  const repositories = new Map(fresh.repositories.map((repository): [string, Fresh] => [
    repository.name,
    { repository, images: new Map(repository.images.map((image) => [image.manifest.digest, image])) },
  ]));
  const units: Unit[] = [];
  const dropped: { repository: string; digest: string; text: string }[] = [];
  for (const unit of batch) {
    const why = whatChanged(unit, repositories.get(unit.repository));
    if (why === undefined) units.push(unit);
    else dropped.push(...unit.images.map(({ manifest }) => ({ repository: unit.repository, digest: manifest.digest, text: why })));
  }
  return { units, dropped };
}

interface Fresh {
  readonly repository: PlannedRepository;
  readonly images: ReadonlyMap<string, PlannedImage>;
}

function whatChanged(unit: Unit, fresh: Fresh | undefined): string | undefined {
  if (!fresh) return 'the repository is gone, or could not be read again';
  const { repository, images: now } = fresh;
  const planned = new Set(unit.images.map(({ manifest }) => manifest.digest));
  for (const { manifest } of unit.images) {
    const image = now.get(manifest.digest);
    if (!image) return `${manifest.digest} was gone before the sweep`;
    if (image.verdict !== 'delete') return `since the plan: ${image.reasons.map(({ text }) => text).join('; ')}`;
    const difference = differs(manifest, image.manifest);
    if (difference) return `since the plan: ${difference} of ${manifest.digest} changed`;
    for (const member of repository.graph.nodes.get(manifest.digest)!.closure) {
      const { digest } = member.manifest;
      if (now.get(digest)?.verdict === 'delete' && !planned.has(digest)) return `since the plan: ${digest} was pushed to it`;
    }
  }
  return undefined;
}

function differs(planned: Manifest, now: Manifest): string | undefined {
  if (planned.tags.join() !== now.tags.join()) return 'the tags';
  if (planned.status !== now.status) return 'the status';
  if (planned.pushedAt !== now.pushedAt) return 'the push time';
  return undefined;
}
