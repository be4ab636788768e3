/** The ways in which cleaners of this kind are known to take an image for unused, each with the opposite outcome. */
import { digest, ecsArn, HOST, IDENTITY, useWorld } from './world';
import type { Catalogue, SourceUsage } from '../../../src/engine/model';
import { resolveReferences } from '../../../src/engine/usage/resolve';

const [A, B, C] = [digest('a'), digest('b'), digest('c')];
const account = useWorld();

function catalogue(repository: string, tagged: Record<string, string[]>, identity = IDENTITY): Catalogue {
  const manifests = Object.entries(tagged).map(([ofDigest, tags]) => ({ digest: ofDigest, tags, pushedAt: 0, sizeBytes: 1, mediaType: 'x', status: 'ACTIVE' as const }));
  return { identity, repositories: [{ name: repository, manifests, problems: [] }], problems: [], notes: [] };
}

function isProtected(usage: SourceUsage, inCatalogue: Catalogue, ofDigest: string): boolean {
  return resolveReferences(inCatalogue, usage.references).of(inCatalogue.repositories[0]!.name, ofDigest).length > 0;
}

function runTask(image: string, imageDigest?: string): void {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [image] } };
  account.world.addTask('main', 't1', { taskDefinitionArn: ecsArn('task-definition/web:1'), containers: [{ image, imageDigest, lastStatus: 'RUNNING' }] });
}

test.each([
  ['cluster', () => account.readEcs({ ecs: { clusters: ['mian'] } }), 'usage.ecs.clusters names the cluster "mian", which does not exist'],
  ['family', () => account.readEcs({ ecs: { taskDefinitionFamilies: ['wbe'] } }), 'usage.ecs.taskDefinitionFamilies names the task definition family "wbe", which does not exist'],
  ['function', () => account.readLambda({ lambda: { functions: ['fnn'] } }), 'usage.lambda.functions names the function "fnn", which does not exist'],
])('a misspelt %s makes the usage incomplete instead of empty', async (_what, read, text) => {
  runTask(`${HOST}/web:v1`, A);
  account.world.addFunction('fn', '1', {});
  expect((await read()).problems).toEqual([{ text, fix: expect.stringContaining('correct the name') }]);
});

test.each([
  ['cluster', () => account.readEcs({ ecs: { clusters: [] } })],
  ['family', () => account.readEcs({ ecs: { taskDefinitionFamilies: [] } })],
  ['function', () => account.readLambda({ lambda: { functions: [] } })],
])('a missing list of %s selectors makes the usage incomplete instead of empty', async (_what, read) => {
  expect((await read()).problems).toEqual([expect.objectContaining({ text: expect.stringContaining('selects nothing') })]);
});

test.each([
  ['cluster', () => account.readEcs({ ecs: { clusters: ['prdo-*', '*-tset'] } }), 'usage.ecs.clusters selects no cluster'],
  ['family', () => account.readEcs({ ecs: { taskDefinitionFamilies: ['wbe-*'] } }), 'usage.ecs.taskDefinitionFamilies selects no task definition family'],
  ['function', () => account.readLambda({ lambda: { functions: ['fnn*'] } }), 'usage.lambda.functions selects no function'],
])('%s patterns that all match nothing, in an account that has some, make the usage incomplete', async (_what, read, text) => {
  runTask(`${HOST}/web:v1`, A);
  account.world.addFunction('fn', '1', {});
  expect((await read()).problems).toEqual([{ text: expect.stringContaining(text), fix: expect.stringContaining('correct the patterns') }]);
});

test('an account that has none of a thing is complete, and the selector of everything says nothing about it', async () => {
  expect(await account.readEcs()).toMatchObject({ problems: [], notes: [] });
  expect(await account.readLambda()).toMatchObject({ problems: [], notes: [] });
  const narrowed = await account.readEcs({ ecs: { clusters: ['prod-*'] } });
  expect(narrowed).toMatchObject({ problems: [], notes: ['usage.ecs.clusters: no cluster matches "prod-*"'] });
});

test('a literal "*" selects everything', async () => {
  runTask(`${HOST}/web:v1`, A);
  account.world.addFunction('fn', '1', { CodeSha256: 'b'.repeat(64) });
  const ecs = await account.readEcs({ ecs: { clusters: ['*'], taskDefinitionFamilies: ['*'] } });
  const lambda = await account.readLambda({ lambda: { functions: ['*'] }, catalogued: [B] });
  expect([...ecs.problems, ...ecs.notes, ...lambda.problems, ...lambda.notes]).toEqual([]);
  expect(isProtected(ecs, catalogue('web', { [A]: ['v1'] }), A)).toBe(true);
  expect(isProtected(lambda, catalogue('web', { [B]: [] }), B)).toBe(true);
});

test('an image pinned as repo:tag@digest is protected by its digest, and its tag with it', async () => {
  runTask(`${HOST}/web:v1@${A}`, A);
  const usage = await account.readEcs();
  expect(isProtected(usage, catalogue('web', { [A]: [], [B]: ['v1'] }), A)).toBe(true);
  expect(isProtected(usage, catalogue('web', { [A]: [], [B]: ['v1'] }), B)).toBe(true);
});

test('a Lambda function on a moved tag protects the digest that it still executes', async () => {
  account.world.addFunction('fn', '$LATEST', { Code: { ImageUri: `${HOST}/fn:live`, ResolvedImageUri: `${HOST}/fn@${A}` } });
  const usage = await account.readLambda();
  expect(isProtected(usage, catalogue('fn', { [A]: [], [B]: ['live'] }), A)).toBe(true);
});

test('every published version of a function is protected, aliased or not, however many there are', async () => {
  const versions = Array.from({ length: 30 }, (_none, at) => digest('0').slice(0, -2) + String(at).padStart(2, '0'));
  versions.forEach((ofVersion, at) => account.world.addFunction('fn', String(at + 1), { CodeSha256: ofVersion.slice(7) }));
  const usage = await account.readLambda({ catalogued: versions });
  const all = catalogue('fn', Object.fromEntries(versions.map((each) => [each, []])));
  expect(versions.filter((each) => !isProtected(usage, all, each))).toEqual([]);
});

test('a bare repository means latest, whatever the keep patterns say', async () => {
  runTask(`${HOST}/web`, undefined);
  expect(isProtected(await account.readEcs(), catalogue('web', { [A]: ['latest'], [B]: ['v1'] }), A)).toBe(true);
});

test.each([
  ['the China partition', `${IDENTITY.account}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'cn-north-1'],
  ['China, dual-stack', `${IDENTITY.account}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`, 'cn-north-1'],
  ['a dual-stack host', `${IDENTITY.account}.dkr-ecr.eu-west-1.on.aws`, 'eu-west-1'],
  ['a FIPS host', `${IDENTITY.account}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'us-east-1'],
  ['a dual-stack FIPS host', `${IDENTITY.account}.dkr-ecr-fips.us-gov-west-1.on.aws`, 'us-gov-west-1'],
])('an image named through %s is protected', async (_what, host, region) => {
  runTask(`${host}/web:v1`, A);
  const usage = await account.readEcs();
  const there = catalogue('web', { [A]: [], [B]: ['v1'], [C]: [] }, { ...IDENTITY, region });
  expect([A, B, C].map((each) => isProtected(usage, there, each))).toEqual([true, true, false]);
});

test.each(['CODE_DEPLOY', 'EXTERNAL'])('a task set of a %s service protects the old revision that it runs', async (type) => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:blue`], inactive: true }, 'web:2': { images: [`${HOST}/web:green`], inactive: true } };
  account.world.addService('main', 'web', 'web:2', {
    deploymentController: { type },
    deployments: [],
    taskSets: [
      { taskSetArn: ecsArn('task-set/main/web/2'), status: 'PRIMARY', taskDefinition: ecsArn('task-definition/web:2') },
      { taskSetArn: ecsArn('task-set/main/web/1'), status: 'ACTIVE', taskDefinition: ecsArn('task-definition/web:1') },
    ],
  });
  const usage = await account.readEcs();
  expect(usage.problems).toEqual([]);
  expect(isProtected(usage, catalogue('web', { [A]: ['blue'], [B]: ['green'] }), A)).toBe(true);
});

test.each([
  ['DescribeTasks', 'tasks', 'tasks'],
  ['DescribeServices', 'services', 'services'],
])('failures[] of %s make the usage incomplete', async (operation, asked, key) => {
  runTask(`${HOST}/web:v1`, A);
  account.world.addService('main', 'web', 'web:1');
  account.stub.on(operation, (input) => ({ [key]: [], failures: input[asked].map((arn: string) => ({ arn, reason: 'ACCESS_DENIED' })) }));
  expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining('ACCESS_DENIED') }]);
});
