/** Whatever goes wrong while the usage is read makes the source incomplete, and costs nothing that was found. */
import { AwsStub, awsError, Raw, RESET, type Handler, type Input } from './aws-stub';
import { digest, ecsArn, functionArn, HOST, IDENTITY, told, useWorld, type World } from './world';
import { OPERATIONS } from '../../../src/contract/operations';
import type { SourceUsage } from '../../../src/engine/model';
import { readUsage } from '../../../src/engine/usage';

const A = digest('a');
const account = useWorld();

/** Every operation of both sources is needed to read it. */
function fill(world: World): void {
  world.clusters = ['main'];
  world.taskDefinitions = { 'web:1': { images: [`${HOST}/web:v1`] }, 'job:1': { images: [`${HOST}/job:v1`] } };
  const image = { image: `${HOST}/web:v1`, imageDigest: A };
  const revision = world.addRevision('main/web', '1', 'web:1', [image]);
  world.addDeployment(world.addService('main', 'web', 'web:1'), 'd1', 'IN_PROGRESS', revision);
  world.addTask('main', 't1', { taskDefinitionArn: ecsArn('task-definition/web:1'), containers: [{ ...image, lastStatus: 'RUNNING' }] });
  world.addFunction('fn', '1', { Code: { ImageUri: `${HOST}/fn:v1`, ResolvedImageUri: `${HOST}/fn@${A}` } });
}

async function read(maxAttempts = 1): Promise<SourceUsage> {
  const { sources } = await readUsage(await account.context({ maxAttempts }));
  return {
    source: 'all',
    references: sources.flatMap((source) => source.references),
    problems: sources.flatMap((source) => source.problems),
    notes: sources.flatMap((source) => source.notes),
    doubts: sources.flatMap((source) => source.doubts),
  };
}

const ROWS = OPERATIONS.filter(({ part }) => part === 'usage:ecs' || part === 'usage:lambda');
const NAMES = ROWS.map(({ operation }) => operation);

test('reading the whole account calls each operation that the policies grant, and no other', async () => {
  fill(account.world);
  const usage = await read();
  expect(usage.problems).toEqual([]);
  expect([...new Set(account.stub.calls.map(({ operation }) => operation))].sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)('%s', (operation) => {
  const action = ROWS.find((row) => row.operation === operation)!.action!;
  const list = operation.startsWith('List');

  beforeEach(() => fill(account.world));

  test.each<[string, Handler, RegExp]>([
    ['denied', () => awsError('AccessDeniedException', 'User: arn:aws:iam::111122223333:role/x is not authorized', 403), /access denied/],
    ['throttled past all retries', () => awsError('ThrottlingException', 'Rate exceeded'), /throttled past all retries/],
    ['answered by an HTML page', () => new Raw(200, '<!DOCTYPE html><html><body>Not here</body></html>', { 'content-type': 'text/html' }), /could not be parsed/],
    ['refused by an HTML page', () => new Raw(501, '<!DOCTYPE html><html><body>Not implemented</body></html>', { 'content-type': 'text/html' }), /./],
    ['answered by half a document', () => new Raw(200, '{"clusterArns":["arn:aws:ecs'), /could not be parsed/],
    ['answered by nothing', () => new Raw(200, ''), /the answer has no|has no list|no code/],
    ['answered by an empty object', () => ({}), /the answer has no|no list|no code/],
    ['cut off', () => RESET, /./],
    ['answered by an error of the server', () => awsError('ServerException', 'sorry', 500), /ServerException|HTTP 500/],
  ])('when it is %s, the source is incomplete', async (_what, handler, text) => {
    account.stub.on(operation, handler);
    const usage = await read();
    expect(usage.problems).toContainEqual(expect.objectContaining({ text: expect.stringMatching(text) }));
    expect(usage.problems.every((problem) => problem.text.includes(operation))).toBe(true);
  });

  test('when it is denied, the missing action is named, and everything else still counts', async () => {
    const whole = await read();
    account.stub.on(operation, () => awsError('AccessDeniedException', 'no', 403));
    const usage = await read();
    expect(usage.problems).toContainEqual(expect.objectContaining({ missingAction: action, fix: expect.stringContaining(action) }));
    expect(told(whole)).toEqual(expect.arrayContaining(told(usage)));
    if (!['ListClusters', 'ListFunctions', 'GetFunction'].includes(operation)) expect(usage.references.length).toBeGreaterThan(2);
  });

  if (list) {
    test('when a page lacks its list, or its token comes again, the source is incomplete', async () => {
      let calls = 0;
      const lost = (token: string | undefined) => ({ nextToken: token, NextMarker: token });
      account.stub.intercept(operation, () => (calls++ === 0 ? lost(undefined) : undefined));
      expect((await read()).problems).toContainEqual({ text: expect.stringContaining(`${operation}: the answer has no list in it`) });
      const empty = { clusterArns: [], taskArns: [], serviceArns: [], serviceDeployments: [], taskDefinitionArns: [], Functions: [] };
      account.stub.on(operation, () => ({ ...empty, ...lost('again') }));
      expect((await read()).problems).toContainEqual({ text: expect.stringContaining(`${operation}: the same page token came twice`) });
    });
  }
});

describe('failures inside an answer that says 200', () => {
  const lists: Record<string, string> = {
    DescribeTasks: 'tasks', DescribeServices: 'services', DescribeServiceDeployments: 'serviceDeployments', DescribeServiceRevisions: 'serviceRevisions',
  };

  beforeEach(() => fill(account.world));

  test.each(Object.entries(lists))('%s: a failure is a problem with its reason', async (operation, key) => {
    account.stub.on(operation, (input) => ({
      [key]: [],
      failures: (input.tasks ?? input.services ?? input.serviceDeploymentArns ?? input.serviceRevisionArns).map((arn: string) => ({ arn, reason: 'BROKEN', detail: 'in pieces' })),
    }));
    expect((await read()).problems).toEqual([{ text: expect.stringMatching(new RegExp(`${operation}: failure for arn:.* \\(BROKEN: in pieces\\)`)) }]);
  });

  test.each(Object.entries(lists))('%s: what was asked for and did not come back is a problem', async (operation, key) => {
    account.stub.on(operation, () => ({ [key]: [], failures: [] }));
    expect((await read()).problems).toEqual([{ text: expect.stringMatching(/was asked for and did not come back/) }]);
  });

  test.each(Object.entries(lists))('%s: what comes back without being asked for is a problem', async (operation, key) => {
    account.stub.on(operation, () => ({ [key]: [{}], failures: [{ reason: 'MISSING' }] }));
    const texts = (await read()).problems.map(({ text }) => text).join('\n');
    expect(texts).toMatch(/something without an ARN/);
    expect(texts).toMatch(/failure for an unnamed resource/);
    expect(texts).toMatch(/did not come back/);
  });

  test.each([
    ['task', 'DescribeTasks', 'tasks', 'task/main/t1'],
    ['service', 'DescribeServices', 'services', 'service/main/web'],
  ] as const)('a %s reported missing is a problem while it is listed, and gone once a later listing lacks it', async (_what, operation, key, arn) => {
    const missing = (input: Input) => ({ [key]: [], failures: input[key].map((each: string) => ({ arn: each, reason: 'MISSING' })) });
    account.stub.on(operation, missing);
    expect((await read()).problems).toEqual([{ text: expect.stringContaining(`${arn} is listed, but reported MISSING`) }]);
    account.stub.on(operation, (input) => {
      account.world[key] = [];
      return missing(input);
    });
    expect((await read()).problems).toEqual([]);
  });

  test('a service and its cluster that are both gone by the later listing are no problem', async () => {
    account.stub.on('DescribeServices', (input) => {
      account.stub.on('ListServices', () => awsError('ClusterNotFoundException', 'The referenced cluster was inactive.'));
      return { services: [], failures: input.services.map((arn: string) => ({ arn, reason: 'MISSING' })) };
    });
    expect((await read()).problems).toEqual([]);
  });
});

describe('a cluster or service that is deleted while it is read', () => {
  beforeEach(() => {
    fill(account.world);
    account.world.clusters.push('old');
  });
  const ofOld = (answer: Handler): Handler => (input) => (input.cluster === ecsArn('cluster/old') ? answer(input) : undefined);

  test('is noted when ECS says that the cluster is inactive, or a later listing lacks it', async () => {
    for (const operation of ['ListTasks', 'ListServices']) account.stub.intercept(operation, ofOld(() => awsError('ClusterNotFoundException', 'The referenced cluster was inactive.')));
    expect((await read()).problems).toEqual([]);
    for (const operation of ['ListTasks', 'ListServices']) {
      account.stub.intercept(operation, ofOld(() => {
        account.world.clusters = ['main'];
        return awsError('ClusterNotFoundException', 'Cluster not found.');
      }));
    }
    const usage = await read();
    expect(usage.problems).toEqual([]);
    expect(usage.notes).toEqual([expect.stringContaining('cluster/old was deleted')]);
  });

  test('is a problem while the cluster is listed', async () => {
    account.stub.intercept('ListTasks', ofOld(() => awsError('ClusterNotFoundException', 'Cluster not found.')));
    expect((await read()).problems).toEqual([{ text: expect.stringContaining('ClusterNotFoundException') }]);
  });

  test('is a problem while the service is listed, and none once it is not', async () => {
    account.stub.on('ListServiceDeployments', () => awsError('ServiceNotFoundException'));
    expect((await read()).problems).toEqual([{ text: expect.stringContaining('ServiceNotFoundException') }]);
    account.stub.on('ListServiceDeployments', () => {
      account.world.services = [];
      return awsError('ServiceNotFoundException');
    });
    expect((await read()).problems).toEqual([]);
  });
});

test('what fails once and then succeeds is no problem', async () => {
  fill(account.world);
  let calls = 0;
  account.stub.intercept('DescribeTasks', () => (calls++ === 0 ? RESET : undefined));
  expect((await read(2)).problems).toEqual([]);
  expect(calls).toBe(2);
});

test('a server that is not there is a problem of both sources', async () => {
  const context = await account.context();
  const gone = await AwsStub.start();
  await gone.stop();
  const clients = await gone.clients();
  const { sources } = await readUsage({ ...context, clients });
  clients.destroy();
  expect(sources.map(({ source, problems }) => [source, problems.length > 0])).toEqual([['ecs', true], ['lambda', true]]);
  expect(sources[1]!.problems[0]!.text).toContain('ECONNREFUSED');
});

test('a source that throws becomes a problem, and the others count all the same', async () => {
  fill(account.world);
  const broken = { name: 'broken', enabled: () => true, read: () => Promise.reject(new Error('a bug')) };
  const fine = { name: 'fine', enabled: () => true, read: async () => ({ source: 'fine', references: [], problems: [], notes: ['read'], doubts: [] }) };
  expect(await readUsage(await account.context(), [broken, fine])).toEqual({
    sources: [
      { source: 'broken', references: [], problems: [{ text: 'Error: a bug' }], notes: [], doubts: [], enabled: true },
      { source: 'fine', references: [], problems: [], notes: ['read'], doubts: [], enabled: true },
    ],
  });
});

test('a source that is switched off is not read, and says so', async () => {
  const { sources } = await readUsage(await account.context({ ecs: { enabled: false }, lambda: { enabled: false } }));
  expect(sources.map(({ source, enabled }) => [source, enabled])).toEqual([['ecs', false], ['lambda', false]]);
  expect(account.stub.calls).toEqual([]);
});

test('the same account gives the same usage, whatever the order of the answers', async () => {
  fill(account.world);
  const first = await read();
  account.world.functions.reverse();
  account.world.tasks.reverse();
  expect(await read()).toEqual(first);
  expect(first.references.map(({ consumer }) => consumer)).toContain(functionArn('fn', '1'));
  expect(first.references.every(({ target }) => target.kind !== 'repository' || target.registry === IDENTITY.account)).toBe(true);
});
