/**
 * The cases in which fujiwara/ecrm (v0.7.2) deletes what is in use, each with the opposite outcome. Its remaining two openings have no
 * counterpart: the janitor takes no lists of images from files or commands (`--scanned-files`, `external_commands`), so none can be
 * misspelt or empty.
 */
import { Account, imageOf } from './support';
import { parseSettings } from '../../src/engine/settings';
import { MEDIA_TYPES } from '../../src/local-aws';

let account: Account;
beforeEach(async () => { account = await Account.start(); });
afterEach(() => account.stop());

/** An image that would go if nothing used it; beside it one that does go, so that a run which does nothing at all passes no test. */
function twoOldImages(): { used: string; unused: string } {
  return { used: account.oldImage('web', ['used']), unused: account.oldImage('web', ['unused']) };
}

async function expectOnlyUnusedGone({ used, unused }: { used: string; unused: string }, settings: Record<string, unknown> = {}): Promise<void> {
  const report = await account.engine({ settings });
  expect(report.run).toMatchObject({ status: 'COMPLETE', exitStatus: 0 });
  expect(imageOf(report, used)).toMatchObject({ verdict: 'keep', reasons: [{ code: 'referenced' }] });
  expect(account.exists('web', used)).toBe(true);
  expect(account.exists('web', unused)).toBe(false);
}

describe('a mistake in the settings never reads as "nothing is in use"', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['cluster', { ecs: { clusters: ['mian'] } }, 'mian'],
    ['task definition family', { ecs: { taskDefinitionFamilies: ['wbe'] } }, 'wbe'],
    ['function', { lambda: { functions: ['fnuction'] } }, 'fnuction'],
  ])('a misspelt %s makes the run incomplete, and nothing is deleted', async (_what, usage, typo) => {
    const images = twoOldImages();
    account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
    account.aws.ecs.runTask({ cluster: 'main', taskDefinition: 'web' });
    account.aws.lambda.create({ name: 'function', imageUri: account.uri('web', ':used') });
    const report = await account.engine({ settings: { usage } });
    expect(report.run).toMatchObject({ status: 'INCOMPLETE', exitStatus: 3, counts: { deleted: 0, delete: 0 } });
    expect(report.run.messages).toContainEqual(expect.objectContaining({ level: 'error', code: 'usage-incomplete', text: expect.stringContaining(typo) }));
    for (const digest of Object.values(images)) expect(account.exists('web', digest)).toBe(true);
  });

  test.each<[string, object]>([
    ['section', { usgae: {} }],
    ['source', { usage: { esc: { enabled: true } } }],
    ['key of a source', { usage: { ecs: { cluster: ['main'] } } }],
    ['key of a rule', { containerImages: [{ repositories: ['*'], expireAfter: 'P14D', keepTag: ['v*'] }] }],
  ])('a misspelt %s is refused before anything is read', (_what, wrong) => {
    const settings = { version: 1, containerImages: [{ repositories: ['*'], expireAfter: 'P14D' }], ...wrong };
    expect(() => parseSettings(JSON.stringify(settings), 'the test')).toThrow(/usgae|esc|cluster|keepTag/);
  });

  test.each<[string, Record<string, unknown>]>([
    ['no section on usage', { usage: undefined }],
    ['an empty section on usage', { usage: {} }],
    ['sections without selectors', { usage: { ecs: {}, lambda: {} } }],
    ['the literal name "*"', { usage: { ecs: { clusters: ['*'], taskDefinitionFamilies: ['*'] }, lambda: { functions: ['*'] } } }],
  ])('%s reads everything', async (_what, settings) => {
    const used = twoOldImages();
    const byFunction = account.oldImage('api', ['used']);
    account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
    account.aws.lambda.create({ name: 'function', imageUri: account.uri('api', ':used') });
    await expectOnlyUnusedGone(used, settings);
    expect(account.exists('api', byFunction)).toBe(true);
  });
});

test('an image that a running task pins as repo:tag@digest stays, and so does what bears the tag now', async () => {
  const images = twoOldImages();
  account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', `:release@${images.used}`)] });
  account.aws.ecs.runTask({ cluster: 'main', taskDefinition: 'web' });
  const bearer = account.oldImage('web', ['release']);
  await expectOnlyUnusedGone(images);
  expect(account.exists('web', bearer)).toBe(true);
});

test('a digest that a function executes survives its tag being moved', async () => {
  const images = twoOldImages();
  account.aws.lambda.create({ name: 'f', imageUri: account.uri('web', ':used') });
  account.aws.ecr.pushImage('web', { tags: ['used'], at: account.ago(30) });
  await expectOnlyUnusedGone(images);
  expect(account.aws.pullEverything()).toEqual([expect.not.objectContaining({ problem: expect.anything() })]);
});

test('published versions without an alias stay, however many there are', async () => {
  const { aws } = account;
  const versions: string[] = [];
  aws.lambda.create({ name: 'f', imageUri: account.uri('web', `@${account.oldImage('web', ['v0'])}`) });
  for (let version = 1; version <= 12; version += 1) {
    const { digest } = aws.ecr.pushImage('web', { tags: [`v${version}`], at: account.ago(50 - version) });
    versions.push(digest);
    aws.lambda.updateCode('f', { imageUri: account.uri('web', `:v${version}`) });
    aws.lambda.publish('f');
  }
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 1 } });
  expect(account.exists('web', 'v0')).toBe(false);
  for (const digest of versions) expect(account.exists('web', digest)).toBe(true);
});

test('a name without a tag means latest, whether or not keepTags has it', async () => {
  const unused = account.oldImage('web', ['unused']);
  const used = account.oldImage('web', ['latest']);
  account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web')] });
  await expectOnlyUnusedGone({ used, unused });
});

test.each([
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
])('in partition %s as anywhere else', async (partition, region, suffix) => {
  await account.stop();
  account = await Account.start({ partition, region });
  const images = twoOldImages();
  expect(account.uri('web')).toBe(`111122223333.dkr.ecr.${region}.${suffix}/web`);
  account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
  await expectOnlyUnusedGone(images);
});

test.each([
  ['dual-stack', 'aws', 'us-east-1', '111122223333.dkr-ecr.us-east-1.on.aws'],
  ['FIPS', 'aws', 'us-east-1', '111122223333.dkr.ecr-fips.us-east-1.amazonaws.com'],
  ['dual-stack FIPS', 'aws', 'us-east-1', '111122223333.dkr-ecr-fips.us-east-1.on.aws'],
  ['dual-stack in China', 'aws-cn', 'cn-northwest-1', '111122223333.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn'],
])('an image that is named by a %s host stays', async (_what, partition, region, host) => {
  await account.stop();
  account = await Account.start({ partition, region });
  const images = twoOldImages();
  account.aws.ecs.registerTaskDefinition({ family: 'web', images: [`${host}/web:used`] });
  await expectOnlyUnusedGone(images);
});

test.each(['CODE_DEPLOY', 'EXTERNAL'] as const)('the old revision that a task set of a %s service could go back to stays', async (controller) => {
  const { aws } = account;
  const images = twoOldImages();
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
  aws.ecs.services.create({ cluster: 'main', serviceName: 'web', taskDefinition: 'web:1', controller });
  if (controller === 'EXTERNAL') aws.ecs.services.createTaskSet({ cluster: 'main', service: 'web', taskDefinition: 'web:1', primary: true });
  for (let revision = 2; revision <= 9; revision += 1) aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':young')] });
  aws.ecs.services.createTaskSet({ cluster: 'main', service: 'web', taskDefinition: 'web:9', primary: true });
  aws.ecs.deregisterTaskDefinition('web:1');
  // Nothing but the task set knows the old revision any more.
  aws.ecs.cluster('main').tasks.clear();
  await expectOnlyUnusedGone(images);
});

test('the SOCI index of an image in use stays, with the referrers index that leads to it', async () => {
  const { aws } = account;
  const images = twoOldImages();
  const soci = aws.ecr.pushReferrer('web', images.used, { artifactType: 'application/vnd.amazon.soci.index.v1+json', at: account.ago(60) });
  const referrers = aws.ecr.pushFallbackTag('web', images.used, '', { children: [soci.digest], at: account.ago(60) });
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
  await expectOnlyUnusedGone(images);
  for (const { digest } of [soci, referrers]) expect(account.exists('web', digest)).toBe(true);
});

test('the signature of a kept image stays, and takes no place among the newest tagged images', async () => {
  const { aws } = account;
  const digests = ['v1', 'v2', 'v3'].map((tag, index) => aws.ecr.pushImage('web', { tags: [tag], at: account.ago(60 - index) }).digest);
  // Pushed after all of the images: were they counted, they would be the two newest.
  const signatures = digests.map((digest) => aws.ecr.pushFallbackTag('web', digest, 'sig', { at: account.ago(40) }).digest);
  const report = await account.engine({ settings: { containerImages: [{ repositories: ['*'], expireAfter: 'P14D', keepLatest: 2, keepTags: [] }] } });
  expect(report.run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 2 } });
  expect(account.digests('web')).toEqual([...digests.slice(1), ...signatures.slice(1)].sort());
});

describe('an index that cannot be read', () => {
  const expectHeld = async (digests: readonly string[], more: readonly string[] = []) => {
    const report = await account.engine();
    for (const digest of digests) {
      expect(account.exists('web', digest)).toBe(true);
      expect(imageOf(report, digest)).toMatchObject({ verdict: 'hold', outcome: { status: 'none' } });
    }
    for (const digest of more) expect(account.exists('web', digest)).toBe(true);
    expect(report.run.counts).toMatchObject({ deleted: 0 });
    expect(JSON.stringify(report.images)).toContain('unreadable-index');
  };

  test.each<[string, object]>([
    ['has no list of manifests', { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex }],
    ['has something else in its place', { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: 'three of them' }],
    ['lists a manifest without a digest', { schemaVersion: 2, mediaType: MEDIA_TYPES.dockerIndex, manifests: [{ size: 1 }] }],
  ])('because it %s holds every image that it could list', async (_what, manifest) => {
    const child = account.aws.ecr.pushImage('web', { at: account.ago(60) });
    const old = account.oldImage('web');
    account.aws.ecr.push('web', manifest, { tags: ['multi'], at: account.ago(60) });
    await expectHeld([child.digest, old]);
  });

  test('because it is not the one that its digest names holds its children', async () => {
    const index = account.aws.ecr.pushMultiArch('web', { tags: ['multi'], at: account.ago(60) });
    account.oldImage('web');
    Object.assign(account.aws.ecr.find('web', index.digest)!, { manifest: '{"manifests": []}' });
    await expectHeld([index.digest, ...index.childDigests]);
  });

  test('because ECR fails to return it holds its children', async () => {
    const index = account.aws.ecr.pushMultiArch('web', { tags: ['multi'], at: account.ago(60) });
    account.oldImage('web');
    account.aws.faults.inject({ service: 'ECR', operation: 'BatchGetImage', kind: 'failures', code: 'UpstreamUnavailable', times: Infinity });
    await expectHeld([index.digest, ...index.childDigests]);
  });
});

test('the children of an index that is nested in a kept index stay', async () => {
  const { aws } = account;
  const images = twoOldImages();
  const inner = aws.ecr.pushMultiArch('web', { at: account.ago(60) });
  const outer = aws.ecr.pushIndex('web', { children: [inner.digest], tags: ['outer'], at: account.ago(60) });
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used'), account.uri('web', ':outer')] });
  await expectOnlyUnusedGone(images);
  for (const digest of [outer.digest, inner.digest, ...inner.childDigests]) expect(account.exists('web', digest)).toBe(true);
});

test('expired multi-arch images go completely in one run, which is complete', async () => {
  const { aws } = account;
  for (let image = 0; image < 60; image += 1) aws.ecr.pushMultiArch('web', { tags: [`v${image}`], at: account.ago(90 - image / 10), platforms: ['linux/amd64', 'linux/arm64'] });
  account.oldImage('web', ['another']);
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'COMPLETE', exitStatus: 0, counts: { delete: 181, deleted: 181, failed: 0 } });
  expect(account.digests('web')).toEqual([aws.ecr.find('web', 'young')!.digest]);
  expect((await account.engine()).run).toMatchObject({ status: 'COMPLETE', counts: { delete: 0 } });
});

test.each(['DescribeServices', 'DescribeTasks'])('a failure inside an answer of %s makes the run incomplete, and nothing is deleted', async (operation) => {
  const { aws } = account;
  const { used, unused } = twoOldImages();
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':used')] });
  for (let service = 0; service < 3; service += 1) aws.ecs.services.create({ cluster: 'main', serviceName: `web-${service}`, taskDefinition: 'web:1' });
  aws.faults.inject({ service: 'ECS', operation, kind: 'failures', items: 1 });
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'INCOMPLETE', exitStatus: 3, counts: { deleted: 0 } });
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'usage-incomplete', text: expect.stringContaining(operation) }));
  for (const digest of [used, unused]) expect(account.exists('web', digest)).toBe(true);
});
