import { RULE, settingsOf, synthesise, warningsOf } from './synth';
import { JanitorMode, TaskDefinitionRevisions, UsageService, UsageSource } from '../src';

const DEFAULT_USAGE = {
  ecs: { enabled: true, clusters: ['*'], taskDefinitionFamilies: ['*'], taskDefinitionRevisions: 5 },
  lambda: { enabled: true, functions: ['*'] },
};

test('ECS and Lambda are read whole by default', () => {
  const { template, stack } = synthesise();
  expect(settingsOf(template).usage).toEqual(DEFAULT_USAGE);
  expect(warningsOf(stack)).toEqual([]);
});

test.each([
  ['an empty list', []],
  ['only the other service', [UsageSource.lambda()]],
])('a service that is not mentioned is read whole: %s', (_what, usage) => {
  expect(settingsOf(synthesise({ usage }).template).usage).toEqual(DEFAULT_USAGE);
});

test('revisions can be counted in another way', () => {
  const revisions = (taskDefinitionRevisions: TaskDefinitionRevisions) => (
    settingsOf(synthesise({ usage: [UsageSource.ecs({ taskDefinitionRevisions })] }).template).usage.ecs.taskDefinitionRevisions
  );
  expect(revisions(TaskDefinitionRevisions.newest(12))).toBe(12);
  expect(revisions(TaskDefinitionRevisions.all())).toBe(-1);
  expect(() => TaskDefinitionRevisions.newest(-1)).toThrow('TaskDefinitionRevisions.newest(count) is -1: expected an integer of at least 0');
});

test('narrowing is possible, and warned about by name', () => {
  const { template, stack } = synthesise({ usage: [UsageSource.ecs({ clusters: ['prod-*'] }), UsageSource.lambda({ functions: ['web-*'] })] });
  expect(settingsOf(template).usage).toMatchObject({ ecs: { clusters: ['prod-*'], taskDefinitionFamilies: ['*'] }, lambda: { functions: ['web-*'] } });
  expect(warningsOf(stack)).toEqual([expect.stringContaining('usage is narrowed by clusters, functions')]);
  expect(warningsOf(stack)[0]).toContain('image-janitor:usageNarrowed');
});

test('switching a service off is possible, and warned about', () => {
  const { template, stack } = synthesise({ usage: [UsageSource.disabled(UsageService.ECS)] });
  expect(settingsOf(template).usage).toMatchObject({ ecs: { enabled: false }, lambda: { enabled: true } });
  expect(warningsOf(stack)).toEqual([expect.stringContaining('usage of Amazon ECS is not looked at')]);
  expect(warningsOf(stack)[0]).toContain('image-janitor:usageDisabled');
});

test('enforcing without looking is warned about by another name, as what runs there is deleted', () => {
  const usage = [UsageSource.disabled(UsageService.ECS), UsageSource.disabled(UsageService.LAMBDA)];
  const { stack } = synthesise({ mode: JanitorMode.ENFORCE, usage });
  expect(warningsOf(stack)).toEqual([expect.stringContaining('usage of Amazon ECS and AWS Lambda is not looked at, and mode is ENFORCE')]);
  expect(warningsOf(stack)[0]).toContain('image-janitor:enforceWithoutUsage');
});

test('enforcing without any revision that only waits is warned about', () => {
  const usage = [UsageSource.ecs({ taskDefinitionRevisions: TaskDefinitionRevisions.newest(0) })];
  expect(warningsOf(synthesise({ usage }).stack)).toEqual([]);
  expect(warningsOf(synthesise({ usage, mode: JanitorMode.ENFORCE }).stack)).toEqual([expect.stringContaining('image-janitor:noTaskDefinitionRevisions')]);
});

test('only a service that is known can be switched off', () => {
  expect(() => UsageSource.disabled('eks' as UsageService)).toThrow("UsageSource.disabled(service) is 'eks': expected UsageService.ECS or UsageService.LAMBDA");
});

test.each([
  ['a service twice', [UsageSource.ecs(), UsageSource.lambda(), UsageSource.ecs()], 'usage[2] is about ecs, as is usage[0]'],
  ['an empty list of clusters', [UsageSource.ecs({ clusters: [] })], 'usage[0].clusters is empty'],
  ['an ARN', [UsageSource.ecs({ clusters: ['arn:aws:ecs:eu-west-1:111111111111:cluster/a'] })], 'usage[0].clusters[0] is'],
  ['a revision', [UsageSource.lambda(), UsageSource.ecs({ taskDefinitionFamilies: ['web:3'] })], "usage[1].taskDefinitionFamilies[0] is 'web:3'"],
  ['a version', [UsageSource.lambda({ functions: ['web:3'] })], "usage[0].functions[0] is 'web:3': expected 1 to 64 characters"],
])('refuses %s', (_what, usage, message) => {
  expect(() => synthesise({ containerImages: [RULE], usage })).toThrow(message);
});
