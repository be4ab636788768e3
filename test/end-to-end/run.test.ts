import { Account, DAY, imageOf } from './support';
import { AwsError } from '../../src/local-aws';

let account: Account;
beforeEach(async () => { account = await Account.start(); });
afterEach(() => account.stop());

test('an old, unused image goes; a used one, the newest one and a young one stay; a second run has nothing to do', async () => {
  const { aws } = account;
  const unused = account.oldImage('web', ['v1']);
  const used = aws.ecr.pushMultiArch('web', { tags: ['v2'], at: account.ago(50) });
  const signature = aws.ecr.pushFallbackTag('web', used.digest, 'sig', { at: account.ago(50) });
  aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', ':v2')] });
  aws.ecs.services.create({ cluster: 'main', serviceName: 'web', taskDefinition: 'web:1' });

  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'COMPLETE', exitStatus: 0, counts: { deleted: 1, failed: 0 } });
  expect(account.exists('web', unused)).toBe(false);
  for (const digest of [used.digest, ...used.childDigests, signature.digest]) expect(account.exists('web', digest)).toBe(true);
  expect(imageOf(report, used.digest)).toMatchObject({ verdict: 'keep', reasons: [{ code: 'referenced' }] });
  expect(imageOf(report, unused).outcome).toEqual({ status: 'deleted' });

  const again = await account.engine();
  expect(again.run).toMatchObject({ status: 'COMPLETE', counts: { delete: 0, deleted: 0 } });
});

test('REPORT_ONLY changes nothing, takes no lock, and says what would go', async () => {
  const digest = account.oldImage('web');
  const report = await account.engine({ settings: { mode: 'REPORT_ONLY' } });
  expect(imageOf(report, digest)).toMatchObject({ verdict: 'delete', outcome: { status: 'planned' } });
  expect(account.exists('web', digest)).toBe(true);
  expect(await account.record.read('lock.json')).toBeUndefined();
  expect(account.aws.calls.counts()).not.toHaveProperty('ECR BatchDeleteImage');
});

test('an empty account is a complete run', async () => {
  expect((await account.engine()).run).toMatchObject({ status: 'COMPLETE', counts: { images: 0 } });
});

test('more than one page of everything is read to its end', async () => {
  const { aws } = account;
  for (let repository = 0; repository < 3; repository += 1) {
    for (let image = 0; image < 1100; image += 1) aws.ecr.pushImage(`r${repository}`, { tags: [`t${image}`], at: account.ago(60 + image) });
  }
  const used = aws.ecr.pushImage('r2', { tags: ['used'], at: account.ago(5000) });
  for (let revision = 0; revision < 230; revision += 1) aws.ecs.registerTaskDefinition({ family: `f${revision}`, images: ['nginx'] });
  aws.ecs.registerTaskDefinition({ family: 'zz-last', images: [account.uri('r2', ':used')] });
  for (let task = 0; task < 230; task += 1) aws.ecs.runTask({ cluster: 'main', taskDefinition: 'zz-last:1' });
  for (let version = 0; version < 120; version += 1) aws.lambda.create({ name: `function-${version}`, imageUri: account.uri('r0', `:t${version + 900}`) });
  const report = await account.engine({ settings: { guards: { maxRetirePercent: 100, maxRetireCount: 10_000 } } });
  expect(report.run.status).toBe('COMPLETE');
  // Of r0: the newest and 120 of functions; of r1: the newest; of r2: the newest and the one that is used.
  expect([0, 1, 2].map((repository) => account.digests(`r${repository}`).length)).toEqual([121, 1, 2]);
  expect(account.exists('r2', used.digest)).toBe(true);
});

describe('limits', () => {
  test('stop the sweep before it starts, and the acknowledged plan, and only that, gets past them', async () => {
    const { aws } = account;
    for (let image = 0; image < 10; image += 1) aws.ecr.pushImage('web', { tags: [`v${image}`], at: account.ago(100 - image) });
    const stopped = await account.engine({ settings: { guards: { maxRetirePercent: 50 } } });
    expect(stopped.run).toMatchObject({ status: 'FAILED', counts: { delete: 9, deleted: 0, failed: 9 } });
    expect(stopped.run.messages).toContainEqual(expect.objectContaining({ code: 'max-retire-percent', fix: expect.stringContaining(stopped.run.planHash!) }));
    expect(account.digests('web')).toHaveLength(10);

    // One of the images that were looked at has come into use since, and another has joined them.
    aws.lambda.create({ name: 'f', imageUri: account.uri('web', ':v3') });
    const joined = aws.ecr.pushImage('web', { tags: ['v10'], at: account.ago(15) });
    aws.ecr.pushImage('web', { tags: ['v11'], at: account.ago(14.5) });
    const passed = await account.engine({ settings: { guards: { maxRetirePercent: 50 } }, run: { acknowledgePlan: stopped.run.planHash } });
    expect(passed.run.status).toBe('COMPLETE');
    expect(account.exists('web', 'v3')).toBe(true);
    expect(account.exists('web', joined.digest)).toBe(false);
    expect(account.digests('web')).toHaveLength(2);
  });

  test('are not lifted by a hash that is not in the record', async () => {
    for (let image = 0; image < 10; image += 1) account.aws.ecr.pushImage('web', { tags: [`v${image}`], at: account.ago(100 - image) });
    const report = await account.engine({ settings: { guards: { maxRetireCount: 3 } }, run: { acknowledgePlan: '0123456789abcdef' } });
    expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted: 0 } });
    expect(report.run.messages.map(({ code }) => code)).toEqual(expect.arrayContaining(['unknown-plan', 'max-retire-count']));
  });
});

describe('between plan and deletion', () => {
  test.each<[string, (digest: string) => void]>([
    ['a deployment', () => {
      account.aws.ecs.registerTaskDefinition({ family: 'late', images: [account.uri('web', ':old')] });
      account.aws.ecs.services.create({ cluster: 'main', serviceName: 'late', taskDefinition: 'late:1' });
    }],
    ['a re-tag', (digest) => { account.aws.ecr.repository('web').images.get(digest)!.tags.add('rollback'); }],
    ['a task', (digest) => {
      account.aws.ecs.registerTaskDefinition({ family: 'late', images: [account.uri('web', `@${digest}`)] });
      account.aws.ecs.runTask({ cluster: 'main', taskDefinition: 'late:1' });
    }],
    ['a function', () => { account.aws.lambda.create({ name: 'late', imageUri: account.uri('web', ':old') }); }],
    ['a new index over it', (digest) => { account.aws.ecr.pushIndex('web', { tags: ['multi'], children: [digest] }); }],
    ['a signature on it', (digest) => { account.aws.ecr.pushReferrer('web', digest); }],
  ])('%s saves the image', async (_name, change) => {
    const digest = account.oldImage('web');
    const report = await account.engine({
      run: {
        progress: ({ phase, done }) => {
          if (phase === 'sweep' && done === undefined) change(digest);
        },
      },
    });
    expect(account.exists('web', digest)).toBe(true);
    expect(imageOf(report, digest).outcome.status).toBe('dropped');
    expect(report.run.counts).toMatchObject({ deleted: 0, dropped: 1 });
  });
});

test('a run that meets another one\'s lock does nothing, and says whose it is', async () => {
  const digest = account.oldImage('web');
  await account.record.write('lock.json', JSON.stringify({ run: 'the-other', expiresAt: Date.now() + 60_000 }));
  const report = await account.engine();
  expect(report.run.status).toBe('FAILED');
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'lock-held', text: expect.stringContaining('the-other') }));
  expect(account.exists('web', digest)).toBe(true);
});

test('a run that is asked to end stops before the next deletion, says PARTIAL, and the next one goes on', async () => {
  const digest = account.oldImage('web');
  const stop = new AbortController();
  const report = await account.engine({
    run: {
      stop: stop.signal,
      progress: ({ phase }) => {
        if (phase === 'sweep') stop.abort();
      },
    },
  });
  expect(report.run).toMatchObject({ status: 'PARTIAL', exitStatus: 4 });
  expect(imageOf(report, digest).outcome.status).toBe('not-attempted');
  expect(account.exists('web', digest)).toBe(true);
  expect((await account.engine()).run.status).toBe('COMPLETE');
  expect(account.exists('web', digest)).toBe(false);
});

test('a deadline that comes between the re-check and the deletion stops the deletion', async () => {
  const digest = account.oldImage('web');
  let now = Date.now();
  let listings = 0;
  account.aws.onCall(({ operation }) => {
    if (operation === 'DescribeImages' && ++listings === 2) now += 120_000;
  });
  const report = await account.engine({ run: { now: () => now, deadline: now + 60_000 } });
  expect(report.run.status).toBe('PARTIAL');
  expect(account.exists('web', digest)).toBe(true);
});

test('a run whose time ends before everything is read fails, and says what to do: PARTIAL would hide it for ever', async () => {
  const digest = account.oldImage('web');
  const stop = new AbortController();
  account.aws.onCall(({ operation }) => {
    if (operation === 'ListClusters') stop.abort();
  });
  const report = await account.engine({ run: { stop: stop.signal } });
  expect(report.run).toMatchObject({ status: 'FAILED', messages: [{ code: 'no-time-for-a-plan', fix: expect.stringContaining('codeBuild') }] });
  expect(account.exists('web', digest)).toBe(true);
});

test('a repository that cannot be swept does not keep the others from being swept', async () => {
  const digests = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => [name, account.oldImage(name)] as const);
  account.aws.onCall(({ operation, input }) => {
    if (operation === 'BatchDeleteImage' && input.repositoryName === 'a') throw new AwsError('AccessDeniedException', 'a repository policy says no');
  });
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted: 7, failed: 1 } });
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'missing-permission', text: expect.stringContaining('ecr:BatchDeleteImage') }));
  for (const [name, digest] of digests) expect(account.exists(name, digest)).toBe(name === 'a');
});

test('a repository that is deleted meanwhile is no failure', async () => {
  account.oldImage('gone');
  const other = account.oldImage('web');
  account.aws.onCall(({ operation, input }) => {
    if (operation === 'BatchDeleteImage' && input.repositoryName === 'gone') account.aws.ecr.repositories.delete('gone');
  });
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 1, dropped: 1 } });
  expect(account.exists('web', other)).toBe(false);
});

test('what AWS refused outweighs that the time was short', async () => {
  account.oldImage('web');
  const stop = new AbortController();
  account.aws.faults.inject({ operation: 'BatchDeleteImage', kind: 'failures', times: 2 });
  account.aws.onCall(({ operation }) => {
    if (operation === 'BatchDeleteImage') stop.abort();
  });
  const report = await account.engine({ run: { stop: stop.signal } });
  expect(report.run.status).toBe('FAILED');
  expect(report.run.messages.map(({ code }) => code)).toContain('refused');
});

test('a machine whose clock is wrong does nothing: it would take young images for old ones', async () => {
  const digest = account.oldImage('web');
  const real = Date.now;
  Date.now = () => real() + 3 * DAY;
  try {
    const report = await account.engine();
    expect(report.run).toMatchObject({ status: 'FAILED', messages: [{ text: expect.stringContaining('4320 minutes ahead of AWS') }] });
  } finally {
    Date.now = real;
  }
  expect(account.exists('web', digest)).toBe(true);
});

test('each index is read once in its life: looking again does not make it look pulled', async () => {
  const { digest } = account.aws.ecr.pushMultiArch('web', { tags: ['v1'], at: account.ago(3) });
  const readings = () => account.aws.calls.of('ECR', 'BatchGetImage').length;
  await account.engine();
  expect(readings()).toBe(1);
  const { lastRecordedPullTime } = account.aws.ecr.repository('web').images.get(digest)!;
  await account.engine();
  expect(readings()).toBe(1);
  expect(account.aws.ecr.repository('web').images.get(digest)!.lastRecordedPullTime).toBe(lastRecordedPullTime);
});

test('a kept answer that does not verify is read again', async () => {
  const { digest, childDigests } = account.aws.ecr.pushMultiArch('web', { tags: ['v1'], at: account.ago(60) });
  account.oldImage('web');
  await account.record.write('cache/indexes/web.json', JSON.stringify({ version: 1, manifests: { [digest]: '{"manifests":[]}' } }));
  account.aws.ecs.registerTaskDefinition({ family: 'web', images: [account.uri('web', `@${childDigests[0]}`)] });
  const report = await account.engine();
  expect(imageOf(report, digest).reasons.map(({ code }) => code)).toContain('referenced');
});

test('references that protect nothing here are counted, and a tag that nothing bears is told', async () => {
  account.oldImage('web');
  account.aws.ecs.registerTaskDefinition({
    family: 'f',
    images: [
      account.uri('web', ':young'), account.uri('web', ':gone'), account.uri('other', ':v1'), 'nginx:1', '999999999999.dkr.ecr.us-east-1.amazonaws.com/web:v1',
    ],
  });
  const report = await account.engine({ settings: { containerImages: [{ repositories: ['web'], expireAfter: 'P14D' }] } });
  expect(report.run.references).toEqual({ resolved: 1, dangling: 1, outOfScope: 1, elsewhere: 2 });
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'dangling-reference', text: expect.stringContaining('web:gone') }));
});

test('a repository that a rule names and that is not there is an error of that rule, and the others are carried out', async () => {
  const digest = account.oldImage('web');
  const report = await account.engine({
    settings: {
      containerImages: [
        { name: 'typo', repositories: ['wbe'], expireAfter: 'P14D' },
        { name: 'rest', repositories: ['web', 'nothing-*'], expireAfter: 'P14D', keepLatest: 1 },
      ],
    },
  });
  expect(report.run.status).toBe('FAILED');
  expect(report.run.messages.map(({ code }) => code)).toEqual(expect.arrayContaining(['repository-not-found']));
  expect(account.exists('web', digest)).toBe(false);
});

test('an old image that now bears the tag of a function stays, beside the image that the function runs', async () => {
  const { aws } = account;
  const running = aws.ecr.pushImage('web', { tags: ['prod'], at: account.ago(50) });
  aws.lambda.create({ name: 'web', imageUri: account.uri('web', ':prod') });
  const rolledBackTo = aws.ecr.pushImage('web', { at: account.ago(60) });
  aws.ecr.tag('web', rolledBackTo.digest, 'prod');
  account.oldImage('web');
  const report = await account.engine();
  expect(imageOf(report, running.digest)).toMatchObject({ verdict: 'keep', references: [{ by: 'digest' }] });
  expect(imageOf(report, rolledBackTo.digest)).toMatchObject({ verdict: 'keep', references: [{ by: 'tag' }] });
  expect(report.run.counts.deleted).toBe(1);
});

test('what is about to be deleted is in the journal before it is deleted, and what came of it after', async () => {
  const digest = account.oldImage('web');
  let before: string[] = [];
  account.aws.onCall(async ({ operation }) => {
    if (operation === 'BatchDeleteImage') before = (await account.record.list('runs/')).filter((key) => key.includes('/journal/'));
  });
  await account.engine();
  expect(before.map((key) => key.split('/').pop())).toEqual(['0001-intent.json']);
  expect(JSON.parse((await account.record.read(before[0]!))!.body).entries).toEqual([expect.objectContaining({ id: `web@${digest}`, action: 'delete', tags: ['old'] })]);
  const outcome = (await account.record.list('runs/')).find((key) => key.endsWith('0001-outcome.json'))!;
  expect(JSON.parse((await account.record.read(outcome))!.body).outcomes).toEqual([{ id: `web@${digest}`, status: 'deleted' }]);
});

test('a child that could not go after its index went is finished by the next run, though untagged images are kept for a year', async () => {
  const { aws } = account;
  aws.ecr.pushMultiArch('web', { tags: ['v1'], at: account.ago(60) });
  aws.ecr.pushImage('web', { tags: ['young'], at: account.ago(2) });
  const settings = { containerImages: [{ repositories: ['web'], expireAfter: 'P14D', keepLatest: 1, keepTags: [], expireUntaggedAfter: 'P365D' }] };
  // The index goes with the first call; of the children, both attempts fail.
  aws.faults.inject({ operation: 'BatchDeleteImage', kind: 'failures', nth: 2, times: 2 });
  const first = await account.engine({ settings });
  expect(first.run).toMatchObject({ status: 'FAILED', counts: { deleted: 1, failed: 2 } });
  expect((await account.engine({ settings })).run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 2 } });
  expect(account.digests('web')).toHaveLength(1);
});

test('what was to go with an index that came into use is not taken for a leftover once its owner deletes the index', async () => {
  const { aws } = account;
  const index = aws.ecr.pushMultiArch('web', { tags: ['v1'], at: account.ago(60) });
  aws.ecr.pushImage('web', { tags: ['young'], at: account.ago(2) });
  const settings = { containerImages: [{ repositories: ['web'], expireAfter: 'P14D', keepLatest: 1, keepTags: [], expireUntaggedAfter: 'P365D' }] };
  await account.record.write('sweep.json', JSON.stringify({ version: 1, images: Object.fromEntries(index.childDigests.map((child) => [`web@${child}`, [index.digest]])) }));
  aws.lambda.create({ name: 'f', imageUri: account.uri('web', ':v1') });
  await account.engine({ settings });
  aws.lambda.all.clear();
  aws.ecr.repository('web').remove(index.digest);
  const report = await account.engine({ settings });
  expect(report.run.counts.deleted).toBe(0);
  for (const child of index.childDigests) expect(imageOf(report, child)).toMatchObject({ verdict: 'keep', reasons: [{ code: 'not-expired' }] });
});

test('a re-reading that fails stops the sweep, and the run is as incomplete as its source', async () => {
  const digest = account.oldImage('web');
  account.aws.faults.inject({ operation: 'ListClusters', kind: 'access-denied', nth: 2 });
  const report = await account.engine({ maxAttempts: 1 });
  expect(report.run.status).toBe('INCOMPLETE');
  expect(report.run.messages).toContainEqual(expect.objectContaining({ code: 'missing-permission', text: expect.stringContaining('ecs:ListClusters') }));
  expect(report.run.completeness).toContainEqual(expect.objectContaining({ source: 'ecs', status: 'INCOMPLETE' }));
  expect(account.exists('web', digest)).toBe(true);
});

test('a lock that another run takes while the usage is read again stops the sweep', async () => {
  const digest = account.oldImage('web');
  let listings = 0;
  account.aws.onCall(async ({ operation }) => {
    if (operation === 'ListClusters' && ++listings === 2) await account.record.write('lock.json', JSON.stringify({ run: 'another', expiresAt: Date.now() + 60_000 }));
  });
  const report = await account.engine();
  expect(report.run).toMatchObject({ status: 'FAILED', messages: [{ text: expect.stringContaining('another run has taken the lock') }] });
  expect(account.exists('web', digest)).toBe(true);
});

test('an answer that was lost, and a listing that fails after it, never read as a deletion', async () => {
  const digest = account.oldImage('web');
  account.aws.faults.inject({ operation: 'BatchDeleteImage', kind: 'reset', times: 10 });
  account.aws.faults.inject({ operation: 'DescribeImages', kind: 'server-error', nth: 3, times: 10 });
  const report = await account.engine({ maxAttempts: 1 });
  expect(report.run).toMatchObject({ status: 'FAILED', counts: { deleted: 0 } });
  expect(imageOf(report, digest).outcome.status).toBe('refused');
  expect(account.exists('web', digest)).toBe(true);
});

test('an archived image is seen, held and reported', async () => {
  const digest = account.oldImage('web');
  account.aws.ecr.archive('web', digest);
  const report = await account.engine();
  expect(imageOf(report, digest)).toMatchObject({ verdict: 'hold', reasons: [{ code: 'not-active' }] });
});

test('a task definition is described once in its life, and a run that had to end early gets the next one further', async () => {
  const { aws } = account;
  aws.ecr.pushImage('web', { tags: ['used'], at: account.ago(60) });
  account.oldImage('web');
  for (let family = 0; family < 80; family += 1) aws.ecs.registerTaskDefinition({ family: `f${family}`, images: [account.uri('web', ':used')] });
  const stop = new AbortController();
  let described = 0;
  const off = aws.onCall(({ operation }) => {
    if (operation === 'DescribeTaskDefinition' && ++described === 60) stop.abort();
  });
  expect((await account.engine({ run: { stop: stop.signal } })).run.status).toBe('FAILED');
  off();
  // What was under way when the run ended is answered to nobody.
  await new Promise((resolve) => setTimeout(resolve, 200));
  aws.calls.reset();
  expect((await account.engine()).run).toMatchObject({ status: 'COMPLETE', counts: { deleted: 1 } });
  expect(aws.calls.of('ECS', 'DescribeTaskDefinition').length).toBeLessThan(80);
  aws.calls.reset();
  await account.engine();
  expect(aws.calls.of('ECS', 'DescribeTaskDefinition')).toHaveLength(0);
  expect(account.exists('web', 'used')).toBe(true);
});

test('a typo in a rule does not hide that the usage was not read whole', async () => {
  account.oldImage('web');
  account.aws.faults.inject({ operation: 'ListClusters', kind: 'access-denied' });
  const report = await account.engine({ maxAttempts: 1, settings: { containerImages: [{ repositories: ['wbe', 'web'], expireAfter: 'P14D' }] } });
  expect(report.run).toMatchObject({ status: 'INCOMPLETE', exitStatus: 3 });
  expect(report.run.messages.map(({ code }) => code)).toEqual(expect.arrayContaining(['repository-not-found', 'missing-permission']));
});
