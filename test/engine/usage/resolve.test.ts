import * as fc from 'fast-check';
import { digest, IDENTITY } from './world';
import type { Catalogue, ImageTarget, Manifest, Reference } from '../../../src/engine/model';
import { resolveReferences } from '../../../src/engine/usage/resolve';

const [A, B, C] = [digest('a'), digest('b'), digest('c')];

function manifest(ofDigest: string, tags: string[] = []): Manifest {
  return { digest: ofDigest, tags, pushedAt: 0, sizeBytes: 1, mediaType: 'application/vnd.oci.image.manifest.v1+json', status: 'ACTIVE' };
}

const CATALOGUE: Catalogue = {
  identity: IDENTITY,
  repositories: [
    { name: 'web', manifests: [manifest(A, ['v1', 'stable']), manifest(B, ['latest']), manifest(C)], problems: [] },
    { name: 'team/api', manifests: [manifest(A, ['v9'])], problems: [] },
  ],
  problems: [],
  notes: [],
};

function reference(target: ImageTarget): Reference {
  return { source: 'ecs', consumer: 'arn:consumer', consumerKind: 'task', named: 'something', target };
}

function here(rest: { repository: string; tag?: string; digest?: string }, where: { registry?: string; region?: string } = {}): Reference {
  return reference({ kind: 'repository', registry: IDENTITY.account, region: IDENTITY.region, ...where, ...rest });
}

/** `repository@letter by`, for all that is protected. */
function protectedBy(...references: Reference[]): string[] {
  const protection = resolveReferences(CATALOGUE, references);
  return CATALOGUE.repositories.flatMap(({ name, manifests }) => manifests.flatMap((each) =>
    protection.of(name, each.digest).map(({ by }) => `${name}@${each.digest.slice(7, 8)} ${by}`)));
}

test('a tag protects the digest that bears it now', () => {
  expect(protectedBy(here({ repository: 'web', tag: 'v1' }))).toEqual(['web@a tag']);
});

test('a digest protects itself in its own repository alone', () => {
  expect(protectedBy(here({ repository: 'web', digest: A }))).toEqual(['web@a digest']);
});

test('with a tag and a digest both are protected, wherever the tag is now', () => {
  expect(protectedBy(here({ repository: 'web', tag: 'latest', digest: A }))).toEqual(['web@a digest', 'web@b tag']);
});

test('a tag and a digest that are the same image count once, by digest', () => {
  expect(protectedBy(here({ repository: 'web', tag: 'v1', digest: A }))).toEqual(['web@a digest']);
});

test('a digest without a repository protects it in every repository', () => {
  expect(protectedBy(reference({ kind: 'digest', digest: A }))).toEqual(['web@a digest', 'team/api@a digest']);
});

test('every reference that protects an image is told, with its consumer', () => {
  const [first, second] = [here({ repository: 'web', tag: 'v1' }), here({ repository: 'web', digest: A })];
  expect(resolveReferences(CATALOGUE, [first, second]).of('web', A)).toEqual([{ reference: first, by: 'tag' }, { reference: second, by: 'digest' }]);
  expect(resolveReferences(CATALOGUE, [first, second]).of('web', C)).toEqual([]);
});

test('what is elsewhere, out of scope or not there protects nothing, and is counted', () => {
  const dangling = [here({ repository: 'web', tag: 'gone' }), here({ repository: 'team/api', digest: C })];
  const protection = resolveReferences(CATALOGUE, [
    ...dangling,
    reference({ kind: 'elsewhere' }),
    here({ repository: 'web', tag: 'v1' }, { registry: '999999999999' }),
    here({ repository: 'web', tag: 'v1' }, { region: 'cn-north-1' }),
    here({ repository: 'not-selected', tag: 'v1' }),
    reference({ kind: 'digest', digest: digest('9') }),
    here({ repository: 'web', tag: 'v1' }),
  ]);
  expect(protection.counts).toEqual({ resolved: 1, elsewhere: 3, outOfScope: 2, dangling: 2 });
  expect(protection.dangling).toEqual(dangling);
});

test('a digest that is there protects, although the tag beside it is gone', () => {
  const protection = resolveReferences(CATALOGUE, [here({ repository: 'web', tag: 'gone', digest: C })]);
  expect(protection.of('web', C)).toHaveLength(1);
  expect(protection.counts).toMatchObject({ resolved: 1, dangling: 0 });
});

test('a repository named as a property of every object is only a name', () => {
  expect(resolveReferences(CATALOGUE, [here({ repository: 'constructor', tag: '__proto__' })]).counts.outOfScope).toBe(1);
});

test('more references never protect less', () => {
  const target: fc.Arbitrary<ImageTarget> = fc.oneof(
    fc.constant<ImageTarget>({ kind: 'elsewhere' }),
    fc.constantFrom(A, B, C).map((each): ImageTarget => ({ kind: 'digest', digest: each })),
    fc.record({
      kind: fc.constant('repository' as const),
      registry: fc.constantFrom(IDENTITY.account, '999999999999'),
      region: fc.constantFrom(IDENTITY.region, 'us-east-1'),
      repository: fc.constantFrom('web', 'team/api', 'other'),
      tag: fc.constantFrom(undefined, 'v1', 'latest', 'gone'),
      digest: fc.constantFrom(undefined, A, B, C),
    }),
  );
  const references = fc.array(target.map(reference));
  fc.assert(fc.property(references, references, (some, more) => {
    const before = protectedBy(...some);
    const after = protectedBy(...some, ...more);
    expect(after).toEqual(expect.arrayContaining(before));
    const { counts } = resolveReferences(CATALOGUE, some);
    expect(counts.resolved + counts.elsewhere + counts.outOfScope + counts.dangling).toBe(some.length);
  }));
});
