import type { Manifest } from '../../../src/engine/model';
import { makeBatches } from '../../../src/engine/sweep/batches';
import { recheck } from '../../../src/engine/sweep/recheck';
import { digest, manifest, plan, type PlanOptions } from '../plan/builders';

const index = manifest('index', { tags: ['v1'], children: ['amd64'] });
const MULTI = [index, manifest('amd64')];

function after(planned: readonly Manifest[], fresh: readonly Manifest[], options: PlanOptions = {}) {
  const [batch] = makeBatches({ repositories: [plan(planned)] });
  return recheck(batch!, { repositories: [plan(fresh, options)] });
}

test('what is as it was planned goes', () => {
  const { units, dropped } = after(MULTI, MULTI);
  expect(units.flatMap(({ images }) => images.map((image) => image.manifest.digest)).sort()).toEqual([digest('amd64'), digest('index')].sort());
  expect(dropped).toEqual([]);
});

test.each<[string, Manifest[], PlanOptions, RegExp]>([
  ['a deployment that uses a child', MULTI, { used: ['amd64'] }, /used by service/],
  ['a tag that was moved to the index', [{ ...index, tags: ['rollback', 'v1'] }, manifest('amd64')], {}, /the tags .* changed/],
  ['a tag that was taken away from it', [{ ...index, tags: [] }, manifest('amd64')], {}, /the tags .* changed/],
  ['a new index that holds its child', [...MULTI, manifest('new', { tags: ['v2'], age: 0, children: ['amd64'] })], {}, /belongs to/],
  ['a signature that was pushed to it', [...MULTI, manifest('signature', { subject: 'index', age: 5 })], {}, /was pushed to it/],
  ['a second push of its child', [index, { ...manifest('amd64'), pushedAt: Date.now() }], {}, /younger than the safety age|not-expired|pushed within/],
  ['an image that went to the archive', [{ ...index, status: 'ARCHIVED' }, manifest('amd64')], {}, /status/],
  ['an index that somebody deleted', [manifest('amd64')], {}, /was gone before the sweep/],
  ['a repository that cannot be read any more', MULTI, { problems: [{ text: 'page 2 is missing' }] }, /page 2 is missing/],
])('%s drops the whole unit', (_name, fresh, options, why) => {
  const { units, dropped } = after(MULTI, fresh, options);
  expect(units).toEqual([]);
  expect(dropped).toHaveLength(2);
  for (const { text } of dropped) expect(text).toMatch(why);
});

test('one unit that changed does not hold up the others', () => {
  const others = [manifest('b', { tags: ['b'] }), manifest('c')];
  const { units, dropped } = after([...MULTI, ...others], [...MULTI, ...others], { used: ['index'] });
  expect(units).toHaveLength(2);
  expect(dropped).toHaveLength(2);
});

test('a repository that is gone drops everything of it', () => {
  const [batch] = makeBatches({ repositories: [plan(MULTI)] });
  expect(recheck(batch!, { repositories: [] }).units).toEqual([]);
});

test('roots that share a child are one unit, so that no batch deletes the child before the second of them', () => {
  const manifests = [manifest('a', { tags: ['a'], children: ['shared'] }), manifest('b', { tags: ['b'], children: ['shared'] }), manifest('shared'), manifest('c', { tags: ['c'], age: 90 })];
  const batches = makeBatches({ repositories: [plan(manifests)] }, 1);
  expect(batches.map((batch) => batch.map(({ images }) => images.length))).toEqual([[3], [1]]);
});

test('batches hold whole units, and no more images than asked for unless one unit is larger', () => {
  const manifests = Array.from({ length: 7 }, (_, i) => manifest(`image${i}`));
  expect(makeBatches({ repositories: [plan(manifests)] }, 3).map((batch) => batch.length)).toEqual([3, 3, 1]);
});
