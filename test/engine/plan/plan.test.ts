import { DAY, NOW, RULE, digest, manifest } from './builders';
import type { Catalogue, SourceUsage, Usage } from '../../../src/engine/model';
import { makePlan, retiredIds, type PlanInput } from '../../../src/engine/plan/plan';

const images = [manifest('old', { tags: ['v1'] }), manifest('new', { tags: ['v2'], age: 1.5 })];
const catalogue: Catalogue = {
  identity: { partition: 'aws', account: '111122223333', region: 'us-east-1' },
  repositories: ['b', 'a'].map((name) => ({ name, manifests: images, problems: [] })),
  problems: [],
  notes: [],
};
const source = (more: Partial<SourceUsage & { enabled: boolean }> = {}): Usage => ({
  sources: [{ source: 'ecs', enabled: true, references: [], problems: [], notes: [], doubts: [], ...more }],
});
const planOf = (more: Partial<PlanInput> = {}) => makePlan({
  catalogue, usage: source(), rules: [RULE], protection: { of: () => [] }, now: NOW, safetyAge: DAY, leftovers: new Map(), ...more,
});

test('repositories come by name, whatever order they were read in, and the hash tells the set of images that go', () => {
  const plan = planOf();
  expect(plan.repositories.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(retiredIds(plan.repositories)).toEqual([`a@${digest('old')}`, `b@${digest('old')}`]);
  expect(planOf({ catalogue: { ...catalogue, repositories: [...catalogue.repositories].reverse() } }).hash).toBe(plan.hash);
  expect(planOf({ rules: [{ ...RULE, repositories: ['a'] }] }).hash).not.toBe(plan.hash);
  expect(planOf({ rules: [{ ...RULE, expireAfter: 1000 * DAY }] }).hash).toBeUndefined();
});

test('the first rule that selects a repository decides, and one that no rule selects is not in the plan', () => {
  const plan = planOf({ rules: [{ ...RULE, name: 'long', repositories: ['a'], expireAfter: 1000 * DAY }, { ...RULE, name: 'short', repositories: ['a*'] }] });
  expect(plan.repositories.map(({ name, rule }) => [name, rule])).toEqual([['a', 'long']]);
  expect(plan.hash).toBeUndefined();
});

test('a source with a problem holds everything; one that is switched off holds nothing', () => {
  const problems = [{ text: 'denied' }];
  expect(planOf({ usage: source({ problems }) }).hash).toBeUndefined();
  expect(planOf({ usage: source({ problems, enabled: false }) }).hash).toBe(planOf().hash);
});

test('a catalogue with a problem beyond one repository holds everything', () => {
  expect(planOf({ catalogue: { ...catalogue, problems: [{ text: 'the second page is missing' }] } }).hash).toBeUndefined();
});

test('a doubt about one repository holds that one and no other', () => {
  const plan = planOf({ usage: source({ doubts: [{ repository: 'a', text: 'task 1 runs an image that ECS does not tell' }] }) });
  expect(retiredIds(plan.repositories)).toEqual([`b@${digest('old')}`]);
});
