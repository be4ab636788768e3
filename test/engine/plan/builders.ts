import { createHash } from 'node:crypto';
import type { Manifest, Reference, Repository } from '../../../src/engine/model';
import { planRepository, type PlannedRepository, type RepositoryPlanInput } from '../../../src/engine/plan/repository';
import type { RuleInForce } from '../../../src/engine/plan/types';

export const DAY = 24 * 60 * 60 * 1000;
export const NOW = Date.UTC(2026, 10, 22, 8);

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';

/** A digest that is easy to tell apart in a failing test. */
export function digest(name: string): string {
  return `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

export interface ManifestOptions {
  readonly tags?: readonly string[];
  /** Days since the push. */
  readonly age?: number;
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly status?: Manifest['status'];
  readonly unreadable?: string;
}

/** An image, or an index when it has children, called by name; old enough to be retired unless said otherwise. */
export function manifest(name: string, options: ManifestOptions = {}): Manifest {
  const isIndex = options.children !== undefined || options.unreadable !== undefined;
  return {
    digest: digest(name),
    tags: [...(options.tags ?? [])].sort(),
    pushedAt: NOW - (options.age ?? 100) * DAY,
    sizeBytes: 1000,
    mediaType: options.mediaType ?? (isIndex ? OCI_INDEX : OCI_MANIFEST),
    artifactType: options.artifactType ?? (isIndex ? undefined : IMAGE_CONFIG),
    subject: options.subject === undefined ? undefined : digest(options.subject),
    status: options.status ?? 'ACTIVE',
    ...(options.unreadable !== undefined ? { children: { unreadable: options.unreadable } } : {}),
    ...(options.children !== undefined ? { children: { digests: options.children.map(digest) } } : {}),
  };
}

export function fallbackTag(name: string, suffix = ''): string {
  return digest(name).replace(':', '-') + suffix;
}

export const RULE: RuleInForce = {
  name: 'rule', repositories: ['*'], expireAfter: 14 * DAY, keepLatest: 0, keepTags: [], expireUntaggedAfter: 7 * DAY,
};

export interface PlanOptions {
  readonly rule?: Partial<RuleInForce>;
  /** Names of the manifests that something uses. */
  readonly used?: readonly string[];
  readonly problems?: Repository['problems'];
  readonly incomplete?: RepositoryPlanInput['incomplete'];
  readonly leftovers?: RepositoryPlanInput['leftovers'];
  readonly safetyAge?: number;
  readonly now?: number;
}

/**
 * A plan for the manifests, and for a tagged image `anchor` that is newer than all of them: without it each test would also be one of "the last
 * tagged image stays".
 */
export function plan(manifests: readonly Manifest[], options: PlanOptions = {}): PlannedRepository {
  const used = new Set((options.used ?? []).map(digest));
  const reference: Reference = {
    source: 'ecs', consumer: 'arn:aws:ecs:us-east-1:111122223333:service/main/web', consumerKind: 'service', named: 'web', target: { kind: 'elsewhere' },
  };
  return planRepository({
    repository: { name: 'web', manifests: [...manifests, manifest('anchor', { tags: ['anchor'], age: -30 })], problems: options.problems ?? [] },
    rule: { ...RULE, ...options.rule },
    protection: { of: (_repository, wanted) => (used.has(wanted) ? [{ reference, by: 'digest' }] : []) },
    incomplete: options.incomplete ?? [],
    now: options.now ?? NOW,
    safetyAge: options.safetyAge ?? DAY,
    leftovers: options.leftovers ?? new Map(),
  });
}

/** `keep not-expired keep-latest`: the verdict on a manifest and the codes of all its reasons. */
export function verdict(planned: PlannedRepository, name: string): string {
  const image = planned.images.find((candidate) => candidate.manifest.digest === digest(name));
  return image ? [image.verdict, ...image.reasons.map(({ code }) => code)].join(' ') : 'absent';
}
