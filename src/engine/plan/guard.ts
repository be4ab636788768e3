import { imageId, retired, type Plan } from './plan';

export interface Limits {
  readonly maxRetirePercent: number;
  readonly maxRetireCount: number;
}

/** A limit that the plan breaks, in words. */
export interface Breach {
  readonly code: 'max-retire-percent' | 'max-retire-count';
  readonly text: string;
}

/** Repositories that a message names; the plan has all. */
const MOST_NAMES = 5;

/**
 * The limits on how much one run may retire. Images of an acknowledged plan do not count against them: somebody has looked at exactly
 * those.
 */
export function checkLimits(plan: Plan, limits: Limits, acknowledged: ReadonlySet<string>): Breach[] {
  const breaches: Breach[] = [];
  const beyond: string[] = [];
  let total = 0;
  for (const repository of plan.repositories) {
    const counted = retired(repository).filter((image) => !acknowledged.has(imageId(repository.name, image.manifest.digest))).length;
    total += counted;
    const percent = (100 * counted) / repository.images.length;
    if (counted > 0 && percent > limits.maxRetirePercent) beyond.push(`${repository.name} (${counted} of ${repository.images.length}, ${Math.floor(percent)} %)`);
  }
  if (beyond.length > 0) {
    const named = beyond.slice(0, MOST_NAMES).join(', ') + (beyond.length > MOST_NAMES ? ` and ${beyond.length - MOST_NAMES} more repositories` : '');
    breaches.push({ code: 'max-retire-percent', text: `more than maxRetirePercent (${limits.maxRetirePercent} %) of the images would be retired of ${named}` });
  }
  if (total > limits.maxRetireCount) {
    breaches.push({ code: 'max-retire-count', text: `${total} images would be retired, more than maxRetireCount (${limits.maxRetireCount})` });
  }
  return breaches;
}
