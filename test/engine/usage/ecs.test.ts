import { awsError } from './aws-stub';
import { digest, ecsArn, HOST, told, useWorld } from './world';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(digest) as [string, string, string, string];
const account = useWorld();

test('a running task protects the digest that it pulled and the tag that it named', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
  account.world.addTask('main', 't1', {
    taskDefinitionArn: ecsArn('task-definition/web:1'),
    containers: [{ name: 'c0', image: `${HOST}/web:v1`, imageDigest: A, lastStatus: 'RUNNING' }],
  });
  const usage = await account.readEcs();
  expect(told(usage)).toEqual(['task definition task-definition/web:1 → web:v1', 'task task/main/t1 → web:v1@a']);
  expect(usage.problems).toEqual([]);
});

test('a stopped task protects what it ran, and so does the inactive task definition that it ran from', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'job:3': { images: [`${HOST}/job:v3`], inactive: true } };
  account.world.addTask('main', 't1', {
    desiredStatus: 'STOPPED',
    lastStatus: 'STOPPED',
    taskDefinitionArn: ecsArn('task-definition/job:3'),
    containers: [{ name: 'c0', image: `${HOST}/job:v3`, imageDigest: A, lastStatus: 'STOPPED' }],
  });
  expect(told(await account.readEcs())).toEqual(['task definition task-definition/job:3 → job:v3', 'task task/main/t1 → job:v3@a']);
});

test('a task whose image pins one digest while it runs another protects both', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web@${A}`] } };
  account.world.addTask('main', 't1', {
    taskDefinitionArn: ecsArn('task-definition/web:1'), containers: [{ image: `${HOST}/web@${A}`, imageDigest: B, lastStatus: 'RUNNING' }],
  });
  expect(told(await account.readEcs()).filter((line) => line.startsWith('task task'))).toEqual(['task task/main/t1 → web@a', 'task task/main/t1 → web@b']);
});

test('a task that waits for its image protects what its task definition names', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`, 'public.ecr.aws/xray/daemon:3'] } };
  account.world.addTask('main', 't1', { lastStatus: 'PENDING', taskDefinitionArn: ecsArn('task-definition/web:1'), containers: [{ name: 'c0', lastStatus: 'PENDING' }] });
  const usage = await account.readEcs();
  expect(told(usage)).toContain('task task/main/t1 → web:v1');
  expect(told(usage)).toContain('task task/main/t1 → elsewhere');
  expect(usage.problems).toEqual([]);
});

test('a service protects the task definitions of its deployments, the one it drains too', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`], inactive: true }, 'web:2': { images: [`${HOST}/web:v2`] } };
  account.world.addService('main', 'web', 'web:2', {
    schedulingStrategy: 'DAEMON',
    deployments: [{ id: '2', status: 'PRIMARY', taskDefinition: ecsArn('task-definition/web:2') }, { id: '1', status: 'ACTIVE', taskDefinition: ecsArn('task-definition/web:1') }],
  });
  expect(told(await account.readEcs())).toEqual([
    'service service/main/web → web:v1',
    'service service/main/web → web:v2',
    'task definition task-definition/web:1 → web:v1',
    'task definition task-definition/web:2 → web:v2',
  ]);
});

test('a service of an external controller has no task definition but its task sets', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`], inactive: true } };
  const taskSetArn = ecsArn('task-set/main/web/1');
  account.world.addService('main', 'web', 'web:1', {
    taskDefinition: undefined,
    deployments: undefined,
    deploymentController: { type: 'EXTERNAL' },
    taskSets: [{ taskSetArn, status: 'ACTIVE', taskDefinition: ecsArn('task-definition/web:1') }],
  });
  account.stub.on('ListServiceDeployments', () => awsError('UnsupportedFeatureException', 'not for this deployment controller'));
  const usage = await account.readEcs();
  expect(told(usage)).toContain('task set task-set/main/web/1 → web:v1');
  expect(usage.problems).toEqual([]);
});

test('a service that ECS itself deploys must have service deployments to list', async () => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
  account.world.addService('main', 'web', 'web:1');
  account.stub.on('ListServiceDeployments', () => awsError('UnsupportedFeatureException'));
  expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining('ECS ListServiceDeployments: UnsupportedFeatureException') }]);
});

test.each([
  ['no task definition', { taskDefinition: undefined }, 'no task definition'],
  ['no deployments', { deployments: undefined }, 'no deployments'],
  ['a deployment without a task definition', { deployments: [{ id: '7' }] }, 'deployment 7 of service'],
  ['no task sets, where CodeDeploy makes them', { deploymentController: { type: 'CODE_DEPLOY' } }, 'no task sets'],
  ['a task set without a task definition', { taskSets: [{ id: 'ts' }] }, 'task set ts of service'],
  ['a controller that is not known', { deploymentController: { type: 'NEW' } }, 'no deployment controller that the janitor knows (NEW)'],
  ['a current revision without an ARN', { currentServiceRevisions: [{}] }, 'a current service revision without an ARN'],
])('a service with %s is a problem', async (_what, more, text) => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
  account.world.addService('main', 'web', 'web:1', more);
  expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining(text) }]);
});

describe('service revisions', () => {
  let service: string;
  const image = (tag: string, imageDigest?: string) => ({ containerName: 'c0', image: `${HOST}/web:${tag}`, imageDigest });

  beforeEach(() => {
    account.world.clusters = ['main'];
    account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:live`] } };
    service = account.world.addService('main', 'web', 'web:1');
  });

  test('a service scaled to zero protects the digest that its current revision resolved, wherever the tag is now', async () => {
    const current = account.world.addRevision('main/web', '1', 'web:1', [image('live', A)]);
    account.world.services[0]!.currentServiceRevisions = [{ arn: current }];
    expect(told(await account.readEcs())).toContain('service revision service-revision/main/web/1 → web:live@a');
  });

  test('the newest successful deployments can be rolled back to, as many as task definition revisions count', async () => {
    for (const [at, each] of [A, B, C, D].entries()) {
      const revision = account.world.addRevision('main/web', String(at), 'web:1', [image('live', each)]);
      // AWS promises no order.
      account.world.addDeployment(service, `d${at}`, 'SUCCESSFUL', revision, { createdAt: 1_700_000_000 + (at % 2 ? 100 : 0) + at });
    }
    const rollbackTargets = async (taskDefinitionRevisions: number) => told(await account.readEcs({ ecs: { taskDefinitionRevisions } }))
      .filter((line) => line.startsWith('service revision') && line.includes('@')).map((line) => line.slice(-1));
    expect(await rollbackTargets(2)).toEqual(['b', 'd']);
    expect(await rollbackTargets(3)).toEqual(['b', 'c', 'd']);
    expect(await rollbackTargets(-1)).toEqual(['a', 'b', 'c', 'd']);
    // ECS goes back to the newest by itself, whatever the settings say.
    expect(await rollbackTargets(0)).toEqual(['d']);
  });

  test.each(['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_FAILED', 'A_NEW_STATUS', undefined])(
    'a deployment in status %s protects its source, its target and what it rolls back to', async (status) => {
      const [source, target, rollback] = [A, B, C].map((each, at) => account.world.addRevision('main/web', String(at), 'web:1', [image('live', each)]));
      account.world.addDeployment(service, 'd1', status as string, target!, { sourceServiceRevisions: [{ arn: source }], rollback: { serviceRevisionArn: rollback } });
      const usage = await account.readEcs();
      expect(told(usage).filter((line) => line.includes('@')).map((line) => line.slice(-1))).toEqual(['a', 'b', 'c']);
      expect(usage.problems).toEqual([]);
    });

  test.each(['STOPPED', 'ROLLBACK_SUCCESSFUL'])('the target of a deployment in status %s is nothing to roll back to', async (status) => {
    account.world.addDeployment(service, 'd1', status, account.world.addRevision('main/web', '1', 'web:1', [image('bad', A)]));
    expect(told(await account.readEcs()).filter((line) => line.startsWith('service revision'))).toEqual([]);
  });

  test('a revision whose image was not resolved protects the tag that the next task will pull', async () => {
    account.world.addDeployment(service, 'd1', 'SUCCESSFUL', account.world.addRevision('main/web', '1', 'web:1', [image('live')]));
    account.world.addDeployment(service, 'd2', 'SUCCESSFUL', account.world.addRevision('main/web', '2', 'web:1'));
    const usage = await account.readEcs();
    expect(told(usage)).toEqual(expect.arrayContaining(['service revision service-revision/main/web/1 → web:live', 'service revision service-revision/main/web/2 → web:live']));
    expect(usage.problems).toEqual([]);
  });

  test('revisions are read each time: ECS fills their images in as it resolves them', async () => {
    account.world.addDeployment(service, 'd1', 'SUCCESSFUL', account.world.addRevision('main/web', '1', 'web:1', [image('live', A)]));
    account.world.addDeployment(service, 'd2', 'SUCCESSFUL', account.world.addRevision('main/web', '2', 'web:1', [image('live')]));
    const immutable = new Map<string, unknown>();
    const first = await account.readEcs({ immutable });
    const second = await account.readEcs({ immutable: new Map(JSON.parse(JSON.stringify([...immutable]))) });
    expect(second).toEqual(first);
    const asked = account.stub.calls.filter(({ operation }) => operation === 'DescribeServiceRevisions').map(({ input }) => input.serviceRevisionArns.length);
    expect(asked).toEqual([2, 2]);
  });

  test.each([
    ['a deployment under way without a target', () => account.world.addDeployment(service, 'd1', 'IN_PROGRESS', undefined as any), 'has no service revision'],
    ['a successful deployment without a target', () => account.world.addDeployment(service, 'd1', 'SUCCESSFUL', undefined as any), 'has no service revision'],
    ['a revision that ECS lacks', () => account.world.addDeployment(service, 'd1', 'SUCCESSFUL', ecsArn('service-revision/main/web/9')), 'service-revision/main/web/9 (MISSING)'],
    ['a container image without a name and a digest', () => account.world.addDeployment(service, 'd1', 'SUCCESSFUL', account.world.addRevision('main/web', '1', 'web:1', [{}])), 'without image and digest'],
    ['a digest that is none', () => account.world.addDeployment(service, 'd1', 'SUCCESSFUL', account.world.addRevision('main/web', '1', 'web:1', [image('v1', 'sha256:short')])), 'which is no digest'],
  ])('%s is a problem', async (_what, arrange, text) => {
    arrange();
    expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining(text) }]);
  });
});

describe('task definitions', () => {
  test('the newest active revisions of each family count, by number and not by name', async () => {
    account.world.taskDefinitions = Object.fromEntries(['web:9', 'web:10', 'web:11', 'api:1'].map((name) => [name, { images: [`${HOST}/${name}`] }]));
    const count = async (taskDefinitionRevisions: number) => told(await account.readEcs({ ecs: { taskDefinitionRevisions } })).map((line) => line.split(' → ')[1]);
    expect(await count(2)).toEqual(['api:1', 'web:10', 'web:11']);
    expect(await count(-1)).toEqual(['api:1', 'web:10', 'web:11', 'web:9']);
    expect(await count(0)).toEqual([]);
  });

  test('a revision is described once, however many name it and however often the usage is read', async () => {
    account.world.clusters = ['main'];
    account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
    account.world.addService('main', 'a', 'web:1');
    account.world.addService('main', 'b', 'web:1');
    const immutable = new Map<string, unknown>();
    const first = await account.readEcs({ immutable });
    const second = await account.readEcs({ immutable });
    expect(second).toEqual(first);
    expect(account.stub.count('DescribeTaskDefinition')).toBe(1);
  });

  test('a kept answer that does not verify is dropped', async () => {
    account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
    const key = `ecs:task-definition:${ecsArn('task-definition/web:1')}`;
    for (const wrong of [null, [], {}, [1], ['web'], [{ name: 'c0' }], [{ name: 1, image: 'web' }], 'web']) {
      expect(told(await account.readEcs({ immutable: new Map<string, unknown>([[key, wrong]]) }))).toEqual(['task definition task-definition/web:1 → web:v1']);
    }
  });

  test('a deleted revision is no problem once a stopped task told all that it ran', async () => {
    account.world.clusters = ['main'];
    account.world.addTask('main', 't1', {
      desiredStatus: 'STOPPED',
      lastStatus: 'STOPPED',
      taskDefinitionArn: ecsArn('task-definition/job:1'),
      containers: [{ image: `${HOST}/job:v1`, imageDigest: A, lastStatus: 'STOPPED' }],
    });
    const usage = await account.readEcs();
    expect(usage.problems).toEqual([]);
    expect(usage.notes).toContainEqual(expect.stringContaining('task-definition/job:1 is deleted'));
  });

  test('a revision that a service names and that cannot be described is a problem', async () => {
    account.world.clusters = ['main'];
    account.world.addService('main', 'web', 'web:1');
    expect((await account.readEcs()).problems).toEqual([{ text: expect.stringMatching(/web:1, named by service .*: ECS DescribeTaskDefinition: ClientException/) }]);
  });

  test.each([
    ['another revision', { taskDefinitionArn: ecsArn('task-definition/web:2'), containerDefinitions: [{ image: 'x' }] }, 'the answer is about'],
    ['no containers', { taskDefinitionArn: ecsArn('task-definition/web:1'), containerDefinitions: [] }, 'no container definitions'],
    ['a container without an image', { taskDefinitionArn: ecsArn('task-definition/web:1'), containerDefinitions: [{ image: 'x' }, {}] }, 'has no image'],
  ])('an answer with %s is a problem', async (_what, taskDefinition, text) => {
    account.world.taskDefinitions = { 'web:1': { images: [] } };
    account.stub.on('DescribeTaskDefinition', () => ({ taskDefinition }));
    expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining(text) }]);
  });

  test('an image that cannot be parsed is a problem that names the consumer and the string', async () => {
    account.world.taskDefinitions = { 'web:1': { images: ['<IMAGE1_NAME>'] } };
    expect((await account.readEcs()).problems).toEqual([{
      text: expect.stringMatching(/task-definition\/web:1 names the image "<IMAGE1_NAME>", which cannot be parsed/),
      fix: expect.any(String),
    }]);
  });
});

describe('selectors', () => {
  test('clusters that no selector names are not read', async () => {
    account.world.clusters = ['prod-1', 'prod-2', 'dev'];
    await account.readEcs({ ecs: { clusters: ['prod-*'] } });
    const read = account.stub.calls.filter(({ operation }) => operation === 'ListServices').map(({ input }) => input.cluster).sort();
    expect(read).toEqual([ecsArn('cluster/prod-1'), ecsArn('cluster/prod-2')]);
  });

  test('a family that no selector names counts all the same where something names a revision of it', async () => {
    account.world.clusters = ['main'];
    account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] }, 'web:2': { images: [`${HOST}/web:v2`] }, 'api:1': { images: [`${HOST}/api:v1`] } };
    account.world.addService('main', 'web', 'web:1');
    const usage = await account.readEcs({ ecs: { taskDefinitionFamilies: ['api'] } });
    expect(told(usage).map((line) => line.split(' → ')[1])).toEqual(['web:v1', 'api:v1', 'web:v1']);
  });

  test('a pattern that matches nothing is noted', async () => {
    account.world.clusters = ['main'];
    const usage = await account.readEcs({ ecs: { clusters: ['main', 'prod-*'] } });
    expect(usage.problems).toEqual([]);
    expect(usage.notes).toContain('usage.ecs.clusters: no cluster matches "prod-*"');
  });
});

describe('calls', () => {
  test('lists are read to their end', async () => {
    account.world.pageSize = 2;
    account.world.clusters = ['a', 'b', 'c'];
    account.world.taskDefinitions = Object.fromEntries([1, 2, 3, 4, 5].map((at) => [`web:${at}`, { images: [`${HOST}/web:v${at}`] }]));
    for (const at of [1, 2, 3, 4, 5]) account.world.addService('c', `s${at}`, `web:${at}`);
    for (const at of [1, 2, 3]) {
      account.world.addTask('c', `t${at}`, {
        taskDefinitionArn: ecsArn('task-definition/web:1'),
        containers: [{ name: 'c0', image: `${HOST}/web:v1`, imageDigest: A, lastStatus: 'RUNNING' }],
      });
    }
    const usage = await account.readEcs();
    expect(usage.problems).toEqual([]);
    expect(told(usage).filter((line) => line.startsWith('service ')).length).toBe(5);
    expect(told(usage).filter((line) => line.startsWith('task task')).length).toBe(3);
    expect(account.stub.count('ListClusters')).toBe(2);
    expect(account.stub.count('ListTaskDefinitions')).toBe(3);
  });

  test('batches are as large as AWS takes, and no call is made per image', async () => {
    account.world.clusters = ['main'];
    account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] } };
    for (let at = 0; at < 25; at += 1) {
      const service = account.world.addService('main', `s${at}`, 'web:1');
      account.world.addDeployment(service, 'd', 'SUCCESSFUL', account.world.addRevision(`main/s${at}`, '1', 'web:1', [{ image: `${HOST}/web:v1`, imageDigest: A }]));
    }
    for (let at = 0; at < 150; at += 1) {
      account.world.addTask('main', `t${at}`, { taskDefinitionArn: ecsArn('task-definition/web:1'), containers: [{ image: `${HOST}/web:v1`, imageDigest: A, lastStatus: 'RUNNING' }] });
    }
    expect((await account.readEcs()).problems).toEqual([]);
    const counts: Record<string, number> = {};
    for (const { operation } of account.stub.calls) counts[operation] = (counts[operation] ?? 0) + 1;
    expect(counts).toEqual({
      ListClusters: 1,
      ListTasks: 3,
      DescribeTasks: 2,
      ListServices: 1,
      DescribeServices: 3,
      ListServiceDeployments: 25,
      DescribeServiceRevisions: 2,
      ListTaskDefinitions: 1,
      DescribeTaskDefinition: 1,
    });
  });

  test('tasks that run are listed before those that stopped, so that one that stops in between is in one of the lists', async () => {
    account.world.clusters = ['main'];
    await account.readEcs();
    expect(account.stub.calls.filter(({ operation }) => operation === 'ListTasks').map(({ input }) => input.desiredStatus)).toEqual(['RUNNING', 'STOPPED']);
  });
});
