/** What single containers tell about their images, and what a silence of ECS costs: one repository at most, never the account. */
import type { Input } from './aws-stub';
import { digest, ecsArn, HOST, told, useWorld } from './world';
import type { SourceUsage } from '../../../src/engine/model';

const [A, B] = ['a', 'b'].map(digest) as [string, string];
const account = useWorld();
const WEB = { name: 'c0', image: `${HOST}/web:v1`, imageDigest: A, lastStatus: 'RUNNING' };
const UNDIGESTED = { ...WEB, imageDigest: undefined };

beforeEach(() => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`], inactive: true } };
});

function addTask(containers: Input[] | undefined, more: Input = {}): void {
  account.world.addTask('main', `t${account.world.tasks.length}`, {
    taskDefinitionArn: ecsArn('task-definition/web:1'), group: 'service:web', desiredStatus: 'RUNNING', containers, ...more,
  });
}

const doubted = (usage: SourceUsage) => usage.doubts.map(({ repository }) => repository);
const ofTasks = (usage: SourceUsage) => told(usage).filter((line) => line.startsWith('task task/')).map((line) => line.split(' → ')[1]);

describe('a container that ECS adds by itself', () => {
  const ADDED = [
    { name: 'ecs-service-connect-x7Kq2', image: null, imageDigest: null, lastStatus: 'RUNNING' },
    { name: 'ecs-service-connect-y8Lr3', image: '', lastStatus: 'RUNNING' },
    { name: 'aws-guardduty-agent-Bp4', imageDigest: B, lastStatus: 'RUNNING' },
  ];

  test('uses nothing of ours, and hides nothing of the others', async () => {
    addTask([WEB, ...ADDED]);
    const usage = await account.readEcs();
    expect(usage).toMatchObject({ problems: [], doubts: [] });
    expect(ofTasks(usage)).toEqual(['web:v1@a', '@b']);
  });

  test('does not make the loss of the task definition of a stopped task a problem', async () => {
    account.world.taskDefinitions = {};
    addTask([WEB, ...ADDED], { desiredStatus: 'STOPPED', lastStatus: 'STOPPED' });
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [], notes: [expect.stringContaining('web:1 is deleted')] });
  });

  test('does not stand for one that the task definition names and the task does not tell', async () => {
    addTask(ADDED);
    expect(ofTasks(await account.readEcs())).toEqual(['web:v1', '@b']);
  });

  test('is told by the task definition alone: one of another name is lost with it', async () => {
    account.world.taskDefinitions = {};
    addTask([WEB, { name: 'sidecar', lastStatus: 'STOPPED' }], { desiredStatus: 'STOPPED', lastStatus: 'STOPPED' });
    expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining('task-definition/web:1, named by task') }]);
  });
});

describe('a container that runs by tag, whose digest ECS does not tell', () => {
  test('leaves its repository in doubt, and the source complete', async () => {
    addTask([UNDIGESTED]);
    const usage = await account.readEcs();
    expect(usage.problems).toEqual([]);
    expect(usage.doubts).toEqual([{ repository: 'web', text: expect.stringMatching(/task\/main\/t0 runs ".*web:v1".* the tag may have moved/) }]);
  });

  test.each([
    ['it has no image either, and the task definition names it', { image: undefined }],
    ['it has no name and no image', { name: undefined, image: undefined }],
    ['its status is not told', { lastStatus: undefined }],
    ['its status is a new one', { lastStatus: 'A_NEW_STATUS' }],
    ['its digest is null', { imageDigest: null }],
  ])('leaves its repository in doubt when %s', async (_what, more) => {
    addTask([{ ...UNDIGESTED, ...more }]);
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [{ repository: 'web' }] });
  });

  test.each([
    ['waits for its image', { lastStatus: 'PENDING' }, {}],
    ['stopped', { lastStatus: 'STOPPED' }, {}],
    ['tells no status in a task that stopped', { lastStatus: undefined }, { desiredStatus: 'STOPPED', lastStatus: 'STOPPED' }],
    ['is pinned by its name', { image: `${HOST}/web:v1@${A}` }, {}],
    ['is of no ECR registry', { image: 'nginx' }, {}],
    ['is of another account', { image: '999999999999.dkr.ecr.eu-west-1.amazonaws.com/web:v1' }, {}],
    ['is of another region', { image: '111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v1' }, {}],
  ])('leaves no doubt when it %s', async (_what, container, task) => {
    addTask([{ ...UNDIGESTED, ...container }], task);
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [] });
  });

  describe('in a service', () => {
    let service: string;
    const revision = (id: string, images: Input[], current = true, definition = 'web:1') => {
      const arn = account.world.addRevision('main/web', id, definition, images);
      if (current) account.world.services[0]!.currentServiceRevisions.push({ arn });
      else account.world.addDeployment(service, id, 'SUCCESSFUL', arn);
    };
    const resolved = { containerName: 'c0', image: WEB.image, imageDigest: A };

    beforeEach(() => {
      account.world.taskDefinitions['web:2'] = { images: [WEB.image] };
      service = account.world.addService('main', 'web', 'web:1', { currentServiceRevisions: [] });
      addTask([UNDIGESTED]);
    });

    test('leaves no doubt when its service revision resolved it, kept or not', async () => {
      revision('1', [resolved]);
      const immutable = new Map<string, unknown>();
      expect(await account.readEcs({ immutable })).toMatchObject({ problems: [], doubts: [] });
      expect(await account.readEcs({ immutable })).toMatchObject({ problems: [], doubts: [] });
    });

    test.each<[string, () => void]>([
      ['the revision resolved it to no digest', () => revision('1', [{ ...resolved, imageDigest: undefined }])],
      ['the revision resolved another image', () => revision('1', [{ ...resolved, image: `${HOST}/api:v1` }])],
      ['another current revision of its task definition did not resolve it', () => { revision('1', [resolved]); revision('2', []); }],
      ['only a revision that the service has left resolved it', () => revision('1', [resolved], false)],
      ['the revision is of another task definition', () => revision('1', [resolved], true, 'web:2')],
      ['the task is of another service', () => { revision('1', [resolved]); account.world.tasks[0]!.group = 'service:api'; }],
      ['the task is of no service', () => { revision('1', [resolved]); account.world.tasks[0]!.group = 'family:web'; }],
      ['the service drains the task, which may be of an earlier revision', () => {
        revision('1', [resolved]);
        account.world.tasks[0]!.desiredStatus = 'STOPPED';
      }],
    ])('leaves its repository in doubt when %s', async (_what, arrange) => {
      arrange();
      const usage = await account.readEcs();
      expect(doubted(usage)).toEqual(['web']);
      expect(usage.problems).toEqual([]);
    });
  });
});

describe('a task definition that ECS has deleted', () => {
  beforeEach(() => {
    account.world.taskDefinitions = {};
  });

  test.each([
    ['runs', {}],
    ['is about to stop', { desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' }],
    ['tells no status', { lastStatus: undefined }],
  ])('contradicts a task that %s: the repositories that it names are in doubt', async (_what, more) => {
    addTask([WEB, { ...WEB, name: 'c1', image: 'nginx' }], more);
    const usage = await account.readEcs();
    expect(usage.doubts).toEqual([{ repository: 'web', text: expect.stringMatching(/web:1, named by task .*: ECS DescribeTaskDefinition/) }]);
    expect(usage).toMatchObject({ problems: [], notes: [] });
    expect(ofTasks(usage)).toContain('web:v1@a');
  });

  test('is a problem of a task that runs and does not tell all its images', async () => {
    addTask([WEB, { name: 'c1', lastStatus: 'RUNNING' }]);
    expect((await account.readEcs()).problems).toEqual([{ text: expect.stringContaining('task-definition/web:1, named by task') }]);
  });

  test('is a problem of a task that tells no containers', async () => {
    addTask([], { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    expect((await account.readEcs()).problems).toHaveLength(1);
  });

  test('is a problem when the reading failed for another reason, whatever the task told', async () => {
    addTask([WEB], { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    account.stub.on('DescribeTaskDefinition', () => ({}));
    expect(await account.readEcs()).toMatchObject({ problems: [{ text: expect.stringContaining('no container definitions') }], doubts: [] });
  });

  test('takes nothing from a task that stopped beside one that runs: what either named is told', async () => {
    addTask([{ ...WEB, lastStatus: 'STOPPED', image: `${HOST}/job:v1` }], { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    addTask([WEB]);
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [{ repository: 'web' }] });
  });
});

describe('a task of a managed daemon', () => {
  const daemon = { taskDefinitionArn: ecsArn('daemon-task-definition/agent:3'), group: 'daemon:agent' };
  const note = 'daemons are read only through their running tasks: daemon-task-definition/agent';

  test('protects what its containers tell, and its definition is not asked for', async () => {
    addTask([{ ...WEB, image: `${HOST}/agent:v1` }], daemon);
    const usage = await account.readEcs();
    expect(usage).toMatchObject({ problems: [], doubts: [], notes: [note] });
    expect(told(usage)).toEqual(['task task/main/t0 → agent:v1@a']);
    expect(account.stub.count('DescribeTaskDefinition')).toBe(0);
  });

  test('leaves its repository in doubt where the digest is missing', async () => {
    addTask([{ ...UNDIGESTED, image: `${HOST}/agent:v1` }], daemon);
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [{ repository: 'agent' }], notes: [note] });
  });

  test('is a problem where it tells nothing of a container that may run, or no containers', async () => {
    addTask([{ name: 'agent', lastStatus: 'RUNNING' }], daemon);
    addTask([], { ...daemon, lastStatus: 'PENDING' });
    expect((await account.readEcs()).problems).toEqual([
      { text: expect.stringMatching(/daemon task .*t0 does not tell the image of "agent"/) },
      { text: expect.stringMatching(/daemon task .*t1 does not tell its containers/) },
    ]);
  });

  test('is no problem where the container that tells nothing is one that ECS adds, or the task stopped', async () => {
    addTask([{ ...WEB, image: `${HOST}/agent:v1` }, { name: 'aws-guardduty-agent-Bp4', lastStatus: 'RUNNING' }], daemon);
    addTask([{ name: 'agent', lastStatus: 'STOPPED' }], { ...daemon, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [] });
  });
});
