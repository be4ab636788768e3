import * as fc from 'fast-check';
import { closure, hasOrdinaryTag, inUse, isRoot, listed, referredTo } from './oracle';
import { samples, type Sample } from './repositories';
import type { Manifest, Reference } from '../../src/engine/model';
import { deletionLevels } from '../../src/engine/plan/graph';
import { planRepository, type PlannedRepository } from '../../src/engine/plan/repository';
import { makeBatches } from '../../src/engine/sweep/batches';
import { DAY, IMAGE_CONFIG, NOW } from '../engine/plan/builders';

/** Cases per property; `PROPERTY_CASES` for a longer search. */
const numRuns = Number(process.env.PROPERTY_CASES ?? 3000);
const REFERENCE: Reference = { source: 'ecs', consumer: 'arn:aws:ecs:us-east-1:111122223333:task/main/1', consumerKind: 'task', named: 'web', target: { kind: 'elsewhere' } };

function planOf(sample: Sample, change: { manifests?: readonly Manifest[]; used?: readonly string[]; rule?: Partial<Sample['rule']> } = {}): PlannedRepository {
  const used = new Set(change.used ?? sample.used);
  return planRepository({
    repository: { name: 'web', manifests: change.manifests ?? sample.manifests, problems: [] },
    rule: { ...sample.rule, ...change.rule },
    protection: { of: (_name, digest) => (used.has(digest) ? [{ reference: REFERENCE, by: 'digest' }] : []) },
    incomplete: [],
    now: NOW,
    safetyAge: DAY,
    leftovers: new Map(),
  });
}

function retired(planned: PlannedRepository): Set<string> {
  return new Set(planned.images.filter(({ verdict }) => verdict === 'delete').map(({ manifest }) => manifest.digest));
}

function holds(property: (sample: Sample) => void): void {
  fc.assert(fc.property(samples, property), { numRuns });
}

test('nothing that the oracle says is in use is ever retired', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    for (const digest of inUse(sample.manifests, sample.used)) expect(gone.has(digest)).toBe(false);
  });
});

test('the samples are worth it: a good part of them retires something, keeps something used, and has deep graphs', () => {
  const seen = { retires: 0, closures: 0, holds: 0 };
  for (const sample of fc.sample(samples, { numRuns: 1000, seed: 42 })) {
    const planned = planOf(sample);
    if (retired(planned).size > 0) seen.retires += 1;
    if (planned.images.some(({ verdict, role }) => verdict === 'delete' && role !== 'root')) seen.closures += 1;
    if (planned.images.some(({ verdict }) => verdict === 'hold')) seen.holds += 1;
  }
  expect(seen.retires).toBeGreaterThan(300);
  expect(seen.closures).toBeGreaterThan(50);
  expect(seen.holds).toBeGreaterThan(200);
});

test('what stays is whole: no index that stays loses a child, no image that stays loses what refers to it', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    for (const manifest of sample.manifests) {
      if (!gone.has(manifest.digest)) {
        for (const child of listed(manifest)) expect(gone.has(child)).toBe(false);
      } else {
        // A referrer goes only with a subject; an orphan has none and is no image of a rule.
        for (const subject of referredTo(manifest)) {
          if (sample.manifests.some(({ digest }) => digest === subject)) expect(gone.has(subject)).toBe(true);
        }
      }
    }
  });
});

test('keepLatest tagged images always remain, and at least one where there was one', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    const tagged = sample.manifests
      .filter((manifest) => isRoot(sample.manifests, manifest.digest) && hasOrdinaryTag(manifest))
      .sort((a, b) => b.pushedAt - a.pushedAt);
    const remaining = tagged.filter(({ digest }) => !gone.has(digest)).length;
    expect(remaining).toBeGreaterThanOrEqual(Math.min(Math.max(sample.rule.keepLatest, 1), tagged.length));
    for (const manifest of tagged.slice(0, sample.rule.keepLatest)) expect(gone.has(manifest.digest)).toBe(false);
  });
});

test('a repository with a tagged image that can be run never loses its last', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    const runnable = sample.manifests.filter((manifest) => manifest.status === 'ACTIVE' && (manifest.children || manifest.artifactType === IMAGE_CONFIG)
      && hasOrdinaryTag(manifest) && isRoot(sample.manifests, manifest.digest));
    if (runnable.length > 0) expect(runnable.some(({ digest }) => !gone.has(digest))).toBe(true);
  });
});

test('nothing whose closure has something younger than the safety age is retired', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    for (const { digest } of sample.manifests.filter((manifest) => isRoot(sample.manifests, manifest.digest))) {
      const members = closure(sample.manifests, digest);
      const young = sample.manifests.some((manifest) => members.has(manifest.digest) && NOW - manifest.pushedAt <= DAY);
      if (young) expect(gone.has(digest)).toBe(false);
    }
  });
});

test('an image that is younger than the safety age, archived, or of an unknown type is never retired', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    for (const manifest of sample.manifests.filter(({ digest }) => isRoot(sample.manifests, digest))) {
      if (NOW - manifest.pushedAt <= DAY || manifest.status !== 'ACTIVE' || manifest.mediaType.includes('example')) expect(gone.has(manifest.digest)).toBe(false);
    }
  });
});

test('more references never retire more, and a longer expiry never does', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    for (const { digest } of sample.manifests) {
      for (const still of retired(planOf(sample, { used: [...sample.used, digest] }))) expect(gone.has(still)).toBe(true);
    }
    const { expireAfter, expireUntaggedAfter, keepLatest } = sample.rule;
    const longer = { expireAfter: expireAfter + 10 * DAY, expireUntaggedAfter: expireUntaggedAfter + 10 * DAY, keepLatest: keepLatest + 1 };
    for (const still of retired(planOf(sample, { rule: longer }))) expect(gone.has(still)).toBe(true);
  });
});

test('the order of pages changes nothing', () => {
  const shuffles = samples.chain((sample) => fc.tuple(
    fc.constant(sample),
    fc.shuffledSubarray([...sample.manifests], { minLength: sample.manifests.length }),
  ));
  fc.assert(fc.property(shuffles, ([sample, shuffled]) => {
    const view = (planned: PlannedRepository) => planned.images
      .map(({ manifest, verdict, reasons, roots }) => [manifest.digest, verdict, reasons, roots]);
    expect(view(planOf(sample, { manifests: shuffled }))).toEqual(view(planOf(sample)));
  }), { numRuns });
});

test('once the plan is carried out there is nothing more to do', () => {
  holds((sample) => {
    const gone = retired(planOf(sample));
    expect(retired(planOf(sample, { manifests: sample.manifests.filter(({ digest }) => !gone.has(digest)) })).size).toBe(0);
  });
});

test('carried out in order, no call meets a child whose index is still there, and every unit stands alone', () => {
  holds((sample) => {
    const planned = planOf(sample);
    const units = makeBatches({ repositories: [planned] }, 1).flat();
    expect(units.flatMap(({ images }) => images).length).toBe(retired(planned).size);
    const present = new Map(sample.manifests.map((manifest) => [manifest.digest, manifest]));
    for (const unit of units) {
      for (const level of deletionLevels(planned.graph, new Set(unit.images.map(({ manifest }) => manifest.digest)))) {
        for (const digest of level) for (const other of present.values()) expect(listed(other).includes(digest)).toBe(false);
        for (const digest of level) present.delete(digest);
      }
    }
  });
});
