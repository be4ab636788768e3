/** Which digests of which repository the references protect. Pure. */
import type { Catalogue, Reference, Repository } from '../model';

export interface ResolvedReference {
  readonly reference: Reference;
  /** A reference that names both protects the digest by `digest`, and whatever else bears the tag now by `tag`. */
  readonly by: 'digest' | 'tag';
}

export interface ReferenceCounts {
  /** Protect at least one manifest of the catalogue. */
  readonly resolved: number;
  /** Name another registry, account or region. */
  readonly elsewhere: number;
  /** Name a repository of this registry that no rule selects, or a digest alone that no selected repository has. */
  readonly outOfScope: number;
  /** Name a tag or digest that is not in its repository. */
  readonly dangling: number;
}

export interface Protection {
  readonly counts: ReferenceCounts;
  /** What consumers name and would not find. */
  readonly dangling: readonly Reference[];
  /** The references that protect a manifest; none for one that nothing names. */
  of(repository: string, digest: string): readonly ResolvedReference[];
}

type Index = ReadonlyMap<string, { readonly digests: ReadonlySet<string>; readonly byTag: ReadonlyMap<string, readonly string[]> }>;

const NONE: readonly ResolvedReference[] = [];

export function resolveReferences(catalogue: Catalogue, references: Iterable<Reference>): Protection {
  const index: Index = new Map(catalogue.repositories.map((repository) => [repository.name, indexOf(repository)]));
  const holders = new Map<string, string[]>();
  for (const repository of catalogue.repositories) {
    for (const { digest } of repository.manifests) push(holders, digest, repository.name);
  }
  const protectedBy = new Map<string, ResolvedReference[]>();
  const counts = { resolved: 0, elsewhere: 0, outOfScope: 0, dangling: 0 };
  const dangling: Reference[] = [];

  for (const reference of references) {
    const found = resolve(reference);
    if (typeof found === 'string') {
      counts[found] += 1;
      if (found === 'dangling') dangling.push(reference);
      continue;
    }
    counts.resolved += 1;
    for (const [key, by] of found) push(protectedBy, key, { reference, by });
  }

  return {
    of: (repository, digest) => protectedBy.get(keyOf(repository, digest)) ?? NONE,
    counts,
    dangling,
  };

  function resolve({ target }: Reference): Map<string, 'digest' | 'tag'> | 'elsewhere' | 'outOfScope' | 'dangling' {
    const found = new Map<string, 'digest' | 'tag'>();
    if (target.kind === 'elsewhere') return 'elsewhere';
    if (target.kind === 'digest') {
      for (const name of holders.get(target.digest) ?? []) found.set(keyOf(name, target.digest), 'digest');
      // It names no repository, so nothing says that one of the catalogue should have it.
      return found.size > 0 ? found : 'outOfScope';
    }
    // Region names are unique over all partitions.
    if (target.registry !== catalogue.identity.account || target.region !== catalogue.identity.region) return 'elsewhere';
    const repository = index.get(target.repository);
    if (!repository) return 'outOfScope';
    for (const digest of (target.tag !== undefined && repository.byTag.get(target.tag)) || []) found.set(keyOf(target.repository, digest), 'tag');
    if (target.digest !== undefined && repository.digests.has(target.digest)) found.set(keyOf(target.repository, target.digest), 'digest');
    return found.size > 0 ? found : 'dangling';
  }
}

function indexOf(repository: Repository) {
  const byTag = new Map<string, string[]>();
  for (const manifest of repository.manifests) {
    for (const tag of manifest.tags) push(byTag, tag, manifest.digest);
  }
  return { digests: new Set(repository.manifests.map((manifest) => manifest.digest)), byTag };
}

function keyOf(repository: string, digest: string): string {
  return `${repository}@${digest}`;
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
