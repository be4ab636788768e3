/**
 * What must stay, from the words of the contract alone, by brute force: this shares no code with the planner, and is slow and plain on
 * purpose.
 */
import type { Manifest } from '../../src/engine/model';

const FALLBACK = /^sha256-([0-9a-f]{64})(\..+)?$/;

/** Digests that a manifest names: what it lists, and what it refers to. */
export function listed(manifest: Manifest): string[] {
  return manifest.children && 'digests' in manifest.children ? [...manifest.children.digests] : [];
}

export function referredTo(manifest: Manifest): string[] {
  const byTag = manifest.tags.map((tag) => FALLBACK.exec(tag)).filter((match) => match !== null).map((match) => `sha256:${match[1]}`);
  return [...(manifest.subject ? [manifest.subject] : []), ...byTag];
}

/** What a consumer needs in order to run an image: it, and everything below it. */
export function needed(manifests: readonly Manifest[], digest: string): Set<string> {
  const result = new Set<string>();
  const visit = (current: string): void => {
    const manifest = manifests.find((candidate) => candidate.digest === current);
    if (!manifest || result.has(current)) return;
    result.add(current);
    listed(manifest).forEach(visit);
  };
  visit(digest);
  return result;
}

/** A root is a manifest that is no child of an index and no referrer of a present subject. */
export function isRoot(manifests: readonly Manifest[], digest: string): boolean {
  const self = manifests.find((candidate) => candidate.digest === digest)!;
  const isPresent = (wanted: string): boolean => manifests.some((other) => other.digest === wanted);
  return !manifests.some((other) => listed(other).includes(digest)) && !referredTo(self).some(isPresent);
}

/** A root's closure: all descendants, and everything that refers to any of them. */
export function closure(manifests: readonly Manifest[], root: string): Set<string> {
  const result = new Set([root]);
  for (let size = 0; size !== result.size;) {
    size = result.size;
    for (const manifest of manifests) {
      if (result.has(manifest.digest)) {
        for (const child of listed(manifest)) if (manifests.some((other) => other.digest === child)) result.add(child);
      }
      if (referredTo(manifest).some((subject) => result.has(subject))) result.add(manifest.digest);
    }
  }
  return result;
}

/** Everything that goes and stays with something that is in use. */
export function inUse(manifests: readonly Manifest[], used: readonly string[]): Set<string> {
  const result = new Set<string>();
  for (const digest of used) {
    for (const member of needed(manifests, digest)) result.add(member);
    for (const { digest: root } of manifests) {
      if (!isRoot(manifests, root)) continue;
      const members = closure(manifests, root);
      if (members.has(digest)) for (const member of members) result.add(member);
    }
  }
  return result;
}

export function hasOrdinaryTag(manifest: Manifest): boolean {
  return manifest.tags.some((tag) => !FALLBACK.test(tag));
}
