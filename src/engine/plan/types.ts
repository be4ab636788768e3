import type { Reference } from '../model';

/** Which references protect which digest of which repository; made by usage/resolve.ts. */
export interface Protection {
  of(repository: string, digest: string): readonly ProtectingReference[];
}

export interface ProtectingReference {
  readonly reference: Reference;
  /** A tag protects the digest that bears it now; a digest protects itself. */
  readonly by: 'digest' | 'tag';
}

/** A rule of the settings with its durations in milliseconds. */
export interface RuleInForce {
  readonly name: string;
  readonly repositories: readonly string[];
  readonly expireAfter: number;
  readonly keepLatest: number;
  readonly keepTags: readonly string[];
  readonly expireUntaggedAfter: number;
}
