/** Generated repositories: indexes, nesting, referrers by subject and by fallback tag, tags, ages, statuses, and things that contradict each other. */
import * as fc from 'fast-check';
import type { Manifest } from '../../src/engine/model';
import type { RuleInForce } from '../../src/engine/plan/types';
import { DAY, IMAGE_CONFIG, NOW, OCI_INDEX, OCI_MANIFEST, digest } from '../engine/plan/builders';

export interface Sample {
  readonly manifests: readonly Manifest[];
  readonly rule: RuleInForce;
  /** Digests that something uses. */
  readonly used: readonly string[];
}

const MOST_MANIFESTS = 12;
const TAGS = ['latest', 'v1', 'v2', 'v3', 'prod', 'build-7'];

function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const manifestShape = fc.record({
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constant('image' as const) },
    { weight: 20, arbitrary: fc.constant('index' as const) },
    { weight: 2, arbitrary: fc.constant('artifact' as const) },
    { weight: 1, arbitrary: fc.constant('unknown' as const) },
  ),
  // Indexes list and referrers name manifests by position: an earlier one for children (a digest cannot be in its own content).
  children: fc.array(fc.nat(MOST_MANIFESTS), { maxLength: 3 }),
  missingChild: fc.nat(24),
  unreadable: fc.nat(49),
  subject: sometimes(fc.nat(MOST_MANIFESTS)),
  fallback: sometimes(fc.tuple(fc.nat(MOST_MANIFESTS), fc.constantFrom('', '.sig', '.att'))),
  age: fc.constantFrom(0, 0.5, 2, 6, 8, 13, 20, 20, 40, 90),
  status: fc.nat(24).map((n): Manifest['status'] => (n === 0 ? 'ARCHIVED' : 'ACTIVE')),
});

export const samples: fc.Arbitrary<Sample> = fc.record({
  shapes: fc.array(manifestShape, { minLength: 1, maxLength: MOST_MANIFESTS }),
  /** Which manifest bears each tag: a tag is on one manifest at most. */
  bearers: fc.array(fc.option(fc.nat(MOST_MANIFESTS), { freq: 4 }), { minLength: TAGS.length, maxLength: TAGS.length }),
  used: fc.array(fc.nat(MOST_MANIFESTS), { maxLength: 2 }),
  rule: fc.record({
    expireAfter: fc.constantFrom(0, 7, 14, 30),
    expireUntaggedAfter: fc.constantFrom(0, 7, 14),
    keepLatest: fc.nat(4),
    keepTags: fc.subarray(['latest', 'v*', 'prod']),
  }),
}).map(({ shapes, bearers, used, rule }) => ({
  manifests: shapes.map((shape, position) => toManifest(shape, position, TAGS.filter((_, tag) => bearers[tag] === position))),
  used: used.filter((position) => position < shapes.length).map((position) => digest(`manifest ${position}`)),
  rule: { ...rule, name: 'rule', repositories: ['*'], expireAfter: rule.expireAfter * DAY, expireUntaggedAfter: rule.expireUntaggedAfter * DAY },
}));

type Shape = typeof manifestShape extends fc.Arbitrary<infer T> ? T : never;

function toManifest(shape: Shape, position: number, tags: readonly string[]): Manifest {
  const isIndex = shape.kind === 'index';
  const children = shape.children.filter((child) => child < position).map((child) => digest(`manifest ${child}`));
  if (shape.missingChild === 0) children.push(digest('nowhere'));
  return {
    digest: digest(`manifest ${position}`),
    tags: [...tags, ...(shape.fallback ? [digest(`manifest ${shape.fallback[0]}`).replace(':', '-') + shape.fallback[1]] : [])].sort(),
    pushedAt: NOW - shape.age * DAY,
    sizeBytes: 1000,
    mediaType: shape.kind === 'unknown' ? 'application/vnd.example+json' : isIndex ? OCI_INDEX : OCI_MANIFEST,
    artifactType: isIndex ? undefined : shape.kind === 'artifact' ? 'application/vnd.cncf.helm.config.v1+json' : IMAGE_CONFIG,
    subject: shape.subject === null ? undefined : digest(`manifest ${shape.subject}`),
    status: shape.status,
    ...(isIndex ? { children: shape.unreadable === 0 ? { unreadable: 'it is not JSON' } : { digests: children } } : {}),
  };
}
