import { DAY, NOW, RULE, digest, fallbackTag, manifest, plan, verdict } from './builders';
import { planRepository } from '../../../src/engine/plan/repository';

describe('a root', () => {
  test('that is expired, unused and unnamed by the rule is retired', () => {
    expect(verdict(plan([manifest('old', { tags: ['v1'] })]), 'old')).toBe('delete expired');
  });

  test('that anything in its closure references is kept', () => {
    const multi = [manifest('index', { tags: ['v1'], children: ['amd64', 'arm64'] }), manifest('amd64'), manifest('arm64'), manifest('signature', { subject: 'arm64' })];
    for (const used of ['index', 'amd64', 'arm64', 'signature']) {
      const planned = plan(multi, { used: [used] });
      for (const name of ['index', 'amd64', 'arm64', 'signature']) expect(verdict(planned, name)).toMatch(/^keep/);
      expect(verdict(planned, 'index')).toBe('keep referenced');
    }
  });

  test('that has a tag which matches keepTags is kept, and a pattern spans slashes and dots', () => {
    const planned = plan([manifest('a', { tags: ['release-1.2'] }), manifest('b', { tags: ['build-7'] })], { rule: { keepTags: ['release-*'] } });
    expect(verdict(planned, 'a')).toBe('keep keep-tag');
    expect(verdict(planned, 'b')).toBe('delete expired');
  });

  test('whose child has a tag which matches keepTags is kept', () => {
    const planned = plan([manifest('index', { tags: ['v1'], children: ['amd64'] }), manifest('amd64', { tags: ['prod-amd64'] })], { rule: { keepTags: ['prod-*'] } });
    expect(verdict(planned, 'index')).toBe('keep keep-tag');
    expect(verdict(planned, 'amd64')).toBe('keep kept-by-parent');
  });

  test('that was pushed within expireAfter is kept, to the millisecond', () => {
    const at = (age: number) => verdict(plan([{ ...manifest('a', { tags: ['v1'] }), pushedAt: NOW - age }]), 'a');
    expect(at(14 * DAY)).toBe('keep not-expired');
    expect(at(14 * DAY + 1)).toBe('delete expired');
  });

  test('that bears no tag follows expireUntaggedAfter', () => {
    const at = (age: number) => verdict(plan([manifest('a', { age })]), 'a');
    expect(at(6)).toBe('keep not-expired');
    expect(at(8)).toBe('delete expired-untagged');
  });

  test('whose push time lies in the future is kept: the clocks contradict each other', () => {
    expect(verdict(plan([manifest('a', { tags: ['v1'], age: -3 })]), 'a')).toMatch(/^keep not-expired/);
  });

  test('that is younger than the safety age is kept, whatever the rule says', () => {
    expect(verdict(plan([manifest('a', { tags: ['v1'], age: 0.5 })], { rule: { expireAfter: 0 } }), 'a')).toBe('keep safety-age');
  });

  test('whose child was pushed again just now is kept: an index for it may be about to come', () => {
    const planned = plan([manifest('index', { tags: ['v1'], children: ['amd64'] }), manifest('amd64', { age: 0.1 })]);
    expect(verdict(planned, 'index')).toBe('keep not-expired safety-age');
  });

  test('records every reason, not only the first', () => {
    const planned = plan([manifest('a', { tags: ['latest'], age: 0.5 })], { used: ['a'], rule: { keepTags: ['latest'], keepLatest: 3 } });
    expect(verdict(planned, 'a')).toBe('keep referenced keep-tag keep-latest not-expired safety-age');
  });
});

describe('keepLatest', () => {
  test('five means that the five newest tagged images remain, whatever else they are', () => {
    const images = Array.from({ length: 8 }, (_, age) => manifest(`v${age}`, { tags: [`v${age}`], age: 30 + age }));
    const planned = plan(images, { rule: { keepLatest: 5 }, used: ['v0'] });
    // The anchor is the newest; v0 is used and counts all the same.
    expect(images.map((_, age) => verdict(planned, `v${age}`).split(' ')[0])).toEqual(['keep', 'keep', 'keep', 'keep', 'delete', 'delete', 'delete', 'delete']);
  });

  test('counts neither untagged images nor what only a fallback tag names', () => {
    const planned = plan([
      manifest('v1', { tags: ['v1'], age: 50 }),
      manifest('untagged', { age: 20 }),
      manifest('signature', { tags: [fallbackTag('gone', '.sig')], age: 20 }),
    ], { rule: { keepLatest: 2 } });
    expect(verdict(planned, 'v1')).toBe('keep keep-latest');
  });

  test('keeps all that were pushed at the same time as the last of them', () => {
    const planned = plan([manifest('a', { tags: ['a'], age: 50 }), manifest('b', { tags: ['b'], age: 50 })], { rule: { keepLatest: 2 } });
    expect([verdict(planned, 'a'), verdict(planned, 'b')]).toEqual(['keep keep-latest', 'keep keep-latest']);
  });

  test('a repository never loses its last tagged image, even with keepLatest 0', () => {
    const input = { rule: RULE, protection: { of: () => [] }, incomplete: [], now: NOW, safetyAge: DAY, leftovers: new Map() };
    const planned = planRepository({ ...input, repository: { name: 'web', manifests: [manifest('a', { tags: ['a'], age: 90 }), manifest('b', { tags: ['b'], age: 60 })], problems: [] } });
    expect([verdict(planned, 'a'), verdict(planned, 'b')]).toEqual(['delete expired', 'keep last-tagged-image']);
  });
});

describe('a closure', () => {
  test('goes with its root: nested indexes, children, signatures by subject, and signatures by fallback tag', () => {
    const planned = plan([
      manifest('outer', { tags: ['v1'], children: ['inner', 'plain'] }),
      manifest('inner', { children: ['deep'] }),
      manifest('deep'),
      manifest('plain'),
      manifest('by-subject', { subject: 'deep', artifactType: 'application/vnd.cncf.notary.signature' }),
      manifest('by-tag', { tags: [fallbackTag('plain', '.sig')] }),
      manifest('soci', { tags: [fallbackTag('outer')], children: ['soci-layer'] }),
      manifest('soci-layer', { artifactType: 'application/vnd.amazon.soci.index.v1+json' }),
    ]);
    expect(verdict(planned, 'outer')).toBe('delete expired');
    for (const name of ['inner', 'deep', 'plain', 'by-subject', 'by-tag', 'soci', 'soci-layer']) expect(verdict(planned, name)).toBe('delete parent-expired');
  });

  test('a shared child lives as long as any root that holds it', () => {
    const planned = plan([
      manifest('old', { tags: ['v1'], children: ['shared', 'own'] }),
      manifest('new', { tags: ['v2'], age: 3, children: ['shared'] }),
      manifest('shared'),
      manifest('own'),
      manifest('signature', { subject: 'shared' }),
    ]);
    expect(verdict(planned, 'old')).toBe('delete expired');
    expect(verdict(planned, 'own')).toBe('delete parent-expired');
    expect(verdict(planned, 'shared')).toBe('keep kept-by-parent');
    expect(verdict(planned, 'signature')).toBe('keep kept-by-parent');
  });

  test('the signature of an image that is kept is kept, however old', () => {
    const planned = plan([manifest('image', { tags: ['v1'], age: 3 }), manifest('signature', { tags: [fallbackTag('image', '.sig')], age: 400 })]);
    expect(verdict(planned, 'signature')).toBe('keep kept-by-parent');
  });

  test('an orphaned referrer is not retired by the rule for images', () => {
    const planned = plan([manifest('signature', { tags: [fallbackTag('gone', '.sig')] }), manifest('sbom', { subject: 'gone' })]);
    expect(verdict(planned, 'signature')).toBe('keep orphaned-referrer');
    expect(verdict(planned, 'sbom')).toMatch(/^keep orphaned-referrer/);
  });

  test('what an interrupted run left behind is finished once its roots are gone, and not before', () => {
    const leftovers = new Map([[digest('child'), [digest('index')]]]);
    expect(verdict(plan([manifest('child', { age: 3 })], { leftovers }), 'child')).toBe('delete expired');
    expect(verdict(plan([manifest('child', { age: 3 }), manifest('index', { age: 3, tags: ['v1'], children: ['child'] })], { leftovers }), 'child')).toBe('keep kept-by-parent');
    expect(verdict(plan([manifest('child', { age: 3, tags: ['wanted'] })], { leftovers }), 'child')).toBe('keep not-expired');
    expect(verdict(plan([manifest('child', { age: 3 })], { leftovers, used: ['child'] }), 'child')).toBe('keep referenced');
  });
});

describe('what is not certain is held', () => {
  test('everything that would be retired, when usage was not read whole; what is kept stays kept', () => {
    const incomplete = [{ code: 'usage-incomplete' as const, text: 'ecs was not read whole' }];
    const planned = plan([manifest('old', { tags: ['v1'] }), manifest('new', { tags: ['v2'], age: 3 })], { incomplete });
    expect(verdict(planned, 'old')).toBe('hold usage-incomplete');
    expect(verdict(planned, 'new')).toBe('keep not-expired');
  });

  test('everything in a repository that was not read whole', () => {
    expect(verdict(plan([manifest('old', { tags: ['v1'] })], { problems: [{ text: 'page 2 is missing' }] }), 'old')).toBe('hold catalogue-incomplete');
  });

  test('everything in a repository with an index whose children are unknown: any of them could be one', () => {
    const planned = plan([manifest('index', { tags: ['v9'], age: 3, unreadable: 'it is not JSON' }), manifest('old'), manifest('older', { tags: ['v1'] })]);
    expect(verdict(planned, 'index')).toBe('keep not-expired');
    expect(verdict(planned, 'old')).toBe('hold unreadable-index');
    expect(verdict(planned, 'older')).toBe('hold unreadable-index');
  });

  test('an unknown media type, and the rest of its repository with it', () => {
    const planned = plan([manifest('odd', { mediaType: 'application/vnd.example.bundle+json', tags: ['v1'] }), manifest('old')]);
    expect(verdict(planned, 'odd')).toMatch(/^hold unknown-media-type/);
    expect(verdict(planned, 'old')).toBe('hold unknown-media-type');
  });

  test('an image of the first schema, but not its neighbours: it cannot have children', () => {
    const planned = plan([manifest('schema1', { mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws', tags: ['v1'] }), manifest('old')]);
    expect(verdict(planned, 'schema1')).toMatch(/^hold unknown-media-type/);
    expect(verdict(planned, 'old')).toBe('delete expired-untagged');
  });

  test('an artefact that is no container image', () => {
    expect(verdict(plan([manifest('chart', { tags: ['v1'], artifactType: 'application/vnd.cncf.helm.config.v1+json' })]), 'chart')).toBe('hold unknown-artifact-type');
  });

  test('an index that lists a child which is not there', () => {
    const planned = plan([manifest('index', { tags: ['v1'], children: ['here', 'gone'] }), manifest('here')]);
    expect(verdict(planned, 'index')).toBe('hold missing-child');
    expect(verdict(planned, 'here')).toBe('hold held-by-parent');
  });

  test('an image that is archived or being restored', () => {
    expect(verdict(plan([manifest('a', { tags: ['v1'], status: 'ARCHIVED' })]), 'a')).toBe('hold not-active');
    expect(verdict(plan([manifest('a', { tags: ['v1'], status: 'UNKNOWN' })]), 'a')).toBe('hold not-active');
  });

  test('manifests that refer to each other in a circle, and whatever holds them', () => {
    const planned = plan([
      manifest('a', { tags: [fallbackTag('b')] }),
      manifest('b', { tags: [fallbackTag('a')] }),
      manifest('self', { tags: [fallbackTag('self')] }),
      manifest('index', { tags: ['v1'], children: ['a'] }),
    ]);
    expect(verdict(planned, 'self')).toBe('hold contradictory-graph');
    expect(verdict(planned, 'index')).toMatch(/^hold .*contradictory-graph/);
    for (const name of ['a', 'b']) expect(verdict(planned, name)).toMatch(/^hold/);
  });
});

test('the same input gives the same plan, in whatever order the pages came', () => {
  const images = [manifest('index', { tags: ['v1'], children: ['a', 'b'] }), manifest('a'), manifest('b'), manifest('c', { tags: ['v2'] }), manifest('d')];
  const view = (order: typeof images) => plan(order).images.map(({ manifest: { digest: id }, verdict: v, reasons }) => [id, v, reasons]);
  expect(view([...images].reverse())).toEqual(view(images));
});

describe('the safety age, the last tagged image, and artefacts', () => {
  test('a referrer pushed a minute ago keeps what it refers to for the safety age', () => {
    const planned = plan([manifest('image', { tags: ['v1'] }), manifest('sbom', { subject: 'image', age: 0.001 })]);
    expect(verdict(planned, 'image')).toBe('keep safety-age');
    expect(verdict(planned, 'sbom')).toBe('keep kept-by-parent');
  });

  test('a referrer with a tag of its own counts with its own age', () => {
    const planned = plan([manifest('image', { tags: ['v1'] }), manifest('sbom', { subject: 'image', age: 3, tags: ['release-5'] })]);
    expect(verdict(planned, 'image')).toBe('keep not-expired');
  });

  test('an untagged index over tagged images counts as a tagged image, and takes no place from one that bears a tag', () => {
    const input = { rule: { ...RULE, keepLatest: 1 }, protection: { of: () => [] }, incomplete: [], now: NOW, safetyAge: DAY, leftovers: new Map() };
    const of = (...manifests: Parameters<typeof plan>[0]) => planRepository({ ...input, repository: { name: 'web', manifests, problems: [] } });
    const index = manifest('index', { children: ['amd64'], age: 50 });
    const child = manifest('amd64', { tags: ['v1-amd64'] });
    expect(verdict(of(index, child), 'index')).toBe('keep keep-latest');
    const planned = of(index, child, manifest('older', { tags: ['v0'], age: 90 }));
    expect([verdict(planned, 'index'), verdict(planned, 'older')]).toEqual(['keep keep-latest', 'keep keep-latest']);
  });

  test('neither an artefact nor an archived image stands in for the last image that can be run', () => {
    const input = { rule: { ...RULE, keepLatest: 1 }, protection: { of: () => [] }, incomplete: [], now: NOW, safetyAge: DAY, leftovers: new Map() };
    for (const other of [
      manifest('cache', { tags: ['buildcache'], age: 20, artifactType: 'application/vnd.buildkit.cacheconfig.v0' }),
      manifest('archived', { tags: ['v2'], age: 20, status: 'ARCHIVED' }),
    ]) {
      const planned = planRepository({ ...input, repository: { name: 'web', manifests: [other, manifest('image', { tags: ['v1'] })], problems: [] } });
      expect(verdict(planned, 'image')).toBe('keep last-tagged-image');
    }
  });

  test('a tagged artefact of unknown type whose subject is gone is held like any other', () => {
    expect(verdict(plan([manifest('chart', { tags: ['chart-1.0'], subject: 'gone', artifactType: 'application/vnd.acme.unknown' })]), 'chart')).toBe('hold unknown-artifact-type');
  });

  test('an image that came back from the archive is as young as its return', () => {
    expect(verdict(plan([{ ...manifest('a', { tags: ['v1'] }), activatedAt: NOW - 60_000 }]), 'a')).toBe('keep not-expired safety-age');
  });
});

test('an untagged index over tagged images follows expireAfter, not expireUntaggedAfter', () => {
  const planned = plan([manifest('index', { children: ['amd64'], age: 10 }), manifest('amd64', { tags: ['v1-amd64'], age: 10 })]);
  expect(verdict(planned, 'index')).toBe('keep not-expired');
});

test('an index with a hole does not stand in for the last image that can be run', () => {
  const input = { rule: RULE, protection: { of: () => [] }, incomplete: [], now: NOW, safetyAge: DAY, leftovers: new Map() };
  const manifests = [manifest('hollow', { tags: ['v2'], age: 60, children: ['gone'] }), manifest('good', { tags: ['v1'], age: 90 })];
  const planned = planRepository({ ...input, repository: { name: 'web', manifests, problems: [] } });
  expect([verdict(planned, 'hollow'), verdict(planned, 'good')]).toEqual(['hold missing-child', 'keep last-tagged-image']);
});
