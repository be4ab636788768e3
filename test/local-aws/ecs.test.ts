import {
  CreateClusterCommand, CreateServiceCommand, CreateTaskSetCommand, DeregisterTaskDefinitionCommand, DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand, DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ListClustersCommand,
  ListServiceDeploymentsCommand, ListServicesCommand, ListTaskDefinitionsCommand, ListTasksCommand, RegisterTaskDefinitionCommand, RunTaskCommand,
  StopTaskCommand, UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { clientsFor, destroyClients } from './clients';
import { startLocalAws, type LocalAws } from '../../src/local-aws';

const START = Date.parse('2026-11-01T00:00:00Z');
let aws: LocalAws;

beforeEach(async () => {
  aws = await startLocalAws({ clock: () => START });
  aws.ecs.createCluster('web');
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
});

const last = (arn: string | undefined) => arn!.split('/').pop()!;

describe('task definitions', () => {
  test('revisions of a family are numbered, described by family as the newest active one, and listed in numerical order', async () => {
    const { ecs } = clientsFor(aws);
    for (let i = 0; i < 11; i++) {
      await ecs.send(new RegisterTaskDefinitionCommand({ family: 'app', containerDefinitions: [{ name: 'main', image: `nginx:${i}` }] }));
    }
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'app' }));
    expect(taskDefinition).toMatchObject({ revision: 11, status: 'ACTIVE', containerDefinitions: [{ image: 'nginx:10' }], registeredAt: new Date(START) });
    const list = async (sort: 'ASC' | 'DESC') => {
      const first = await ecs.send(new ListTaskDefinitionsCommand({ sort, maxResults: 6 }));
      const second = await ecs.send(new ListTaskDefinitionsCommand({ sort, maxResults: 6, nextToken: first.nextToken }));
      expect(second.nextToken).toBeUndefined();
      return [...first.taskDefinitionArns!, ...second.taskDefinitionArns!].map((arn) => Number(arn.split(':').pop()));
    };
    expect(await list('ASC')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await list('DESC')).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('an inactive revision is listed only when asked for, and can still be described', async () => {
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
    aws.ecs.registerTaskDefinition({ family: 'apple', images: ['nginx:1'] });
    const { ecs } = clientsFor(aws);
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'app:1' }));
    expect((await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'app' }))).taskDefinitionArns).toEqual([]);
    expect((await ecs.send(new ListTaskDefinitionsCommand({ status: 'INACTIVE' }))).taskDefinitionArns!.map(last)).toEqual(['app:1']);
    expect((await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'app:1' }))).taskDefinition!.status).toBe('INACTIVE');
    await expect(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'app' }))).rejects.toMatchObject({ name: 'ClientException' });
  });
});

describe('tasks', () => {
  test('a task keeps the digest that it pulled when its tag moves', async () => {
    const { digest } = aws.ecr.pushImage('app', { tags: ['v1'] });
    aws.ecs.registerTaskDefinition({ family: 'app', images: [aws.ecr.uri('app', 'v1')] });
    const { ecs } = clientsFor(aws);
    const { tasks } = await ecs.send(new RunTaskCommand({ cluster: 'web', taskDefinition: 'app' }));
    aws.ecr.pushImage('app', { tags: ['v1'] });
    const described = await ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: [tasks![0]!.taskArn!] }));
    expect(described.tasks![0]!.containers).toMatchObject([{ image: aws.ecr.uri('app', 'v1'), imageDigest: digest }]);
    expect(aws.ecr.find('app', digest)!.lastRecordedPullTime).toBe(START);
  });

  test('a task whose image is gone stops, and says that it could not pull', async () => {
    aws.ecr.createRepository('app');
    aws.ecs.registerTaskDefinition({ family: 'app', images: [aws.ecr.uri('app', 'gone')] });
    const { tasks } = await clientsFor(aws).ecs.send(new RunTaskCommand({ cluster: 'web', taskDefinition: 'app' }));
    expect(tasks![0]).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart', stoppedReason: expect.stringContaining('CannotPullContainerError') });
  });

  test('running tasks are listed by default, stopped ones on request, 100 to a page', async () => {
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
    const arns = Array.from({ length: 150 }, () => aws.ecs.runTask({ cluster: 'web', taskDefinition: 'app' }).taskArn);
    const { ecs } = clientsFor(aws);
    await ecs.send(new StopTaskCommand({ cluster: 'web', task: last(arns[0]) }));
    const first = await ecs.send(new ListTasksCommand({ cluster: 'web' }));
    const second = await ecs.send(new ListTasksCommand({ cluster: 'web', nextToken: first.nextToken }));
    expect([first.taskArns!.length, second.taskArns!.length]).toEqual([100, 49]);
    expect((await ecs.send(new ListTasksCommand({ cluster: 'web', desiredStatus: 'STOPPED' }))).taskArns).toEqual([arns[0]]);
  });

  test('what is not there stands in the failures, and a cluster that is not there is an error', async () => {
    const { ecs } = clientsFor(aws);
    const { tasks, failures } = await ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: ['0123'] }));
    expect(tasks).toEqual([]);
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:111122223333:task/web/0123', reason: 'MISSING' }]);
    await expect(ecs.send(new ListTasksCommand({ cluster: 'gone' }))).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
    await expect(ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: Array(101).fill('0123') }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('clusters are listed', async () => {
    const { ecs } = clientsFor(aws);
    await ecs.send(new CreateClusterCommand({ clusterName: 'batch' }));
    expect((await ecs.send(new ListClustersCommand({}))).clusterArns!.map(last)).toEqual(['batch', 'web']);
  });
});

describe('services', () => {
  test('a new deployment makes a service revision with the digests that the tags had, and its tasks run those', async () => {
    const first = aws.ecr.pushImage('app', { tags: ['prod'] });
    aws.ecs.registerTaskDefinition({ family: 'app', images: [aws.ecr.uri('app', 'prod')] });
    const { ecs } = clientsFor(aws);
    await ecs.send(new CreateServiceCommand({ cluster: 'web', serviceName: 'app', taskDefinition: 'app', desiredCount: 2 }));
    const second = aws.ecr.pushImage('app', { tags: ['prod'] });
    await ecs.send(new UpdateServiceCommand({ cluster: 'web', service: 'app', forceNewDeployment: true }));
    const third = aws.ecr.pushImage('app', { tags: ['prod'] });

    const { serviceDeployments: listed } = await ecs.send(new ListServiceDeploymentsCommand({ cluster: 'web', service: 'app' }));
    expect(listed!.map((each) => each.status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    const serviceDeploymentArns = [listed![0]!.serviceDeploymentArn!];
    const { serviceDeployments } = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }));
    expect(serviceDeployments![0]!.sourceServiceRevisions).toMatchObject([{ arn: listed![1]!.targetServiceRevisionArn }]);
    const serviceRevisionArns = listed!.map((each) => each.targetServiceRevisionArn!);
    const { serviceRevisions } = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }));
    expect(serviceRevisions!.map((revision) => revision.containerImages![0]!.imageDigest)).toEqual([second.digest, first.digest]);

    // Scaling out does not deploy: the new task runs what the revision resolved, not what the tag names now.
    await ecs.send(new UpdateServiceCommand({ cluster: 'web', service: 'app', desiredCount: 3 }));
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: 'web', serviceName: 'app' }));
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: taskArns! }));
    expect(tasks!.map((task) => task.containers![0]!.imageDigest)).toEqual([second.digest, second.digest, second.digest]);
    expect(aws.ecr.find('app', third.digest)!.lastRecordedPullTime).toBeUndefined();
  });

  test('a deployment under way has both deployments, both revisions and the tasks of both', async () => {
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:2'] });
    aws.ecs.services.create({ cluster: 'web', serviceName: 'app', taskDefinition: 'app:1' });
    aws.ecs.services.update({ cluster: 'web', service: 'app', taskDefinition: 'app:2', inProgress: true });
    const { ecs } = clientsFor(aws);
    const describe_ = async () => (await ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['app'] }))).services![0]!;
    const service = await describe_();
    expect(service.deployments!.map((each) => [each.status, last(each.taskDefinition), each.runningCount])).toEqual([['PRIMARY', 'app:2', 1], ['ACTIVE', 'app:1', 1]]);
    expect(service.currentServiceRevisions).toHaveLength(2);
    aws.ecs.services.completeDeployment('web', 'app');
    expect((await describe_()).deployments).toHaveLength(1);
    expect((await describe_()).runningCount).toBe(1);
  });

  test('a blue/green service has task sets and no deployments', async () => {
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:2'] });
    const { ecs } = clientsFor(aws);
    await ecs.send(new CreateServiceCommand({ cluster: 'web', serviceName: 'blue-green', taskDefinition: 'app:1', desiredCount: 1, deploymentController: { type: 'CODE_DEPLOY' } }));
    await ecs.send(new CreateTaskSetCommand({ cluster: 'web', service: 'blue-green', taskDefinition: 'app:2' }));
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['blue-green'] }));
    expect(services![0]!.taskSets!.map((each) => [each.status, last(each.taskDefinition)])).toEqual([['PRIMARY', 'app:1'], ['ACTIVE', 'app:2']]);
    expect(services![0]!.deployments).toEqual([]);
  });

  test('services are listed ten to a page by default and described ten at a time', async () => {
    aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
    for (let i = 0; i < 12; i++) aws.ecs.services.create({ cluster: 'web', serviceName: `s${i}`, taskDefinition: 'app', desiredCount: 0 });
    const { ecs } = clientsFor(aws);
    const first = await ecs.send(new ListServicesCommand({ cluster: 'web' }));
    expect(first.serviceArns).toHaveLength(10);
    expect((await ecs.send(new ListServicesCommand({ cluster: 'web', maxResults: 100 }))).serviceArns).toHaveLength(12);
    await expect(ecs.send(new DescribeServicesCommand({ cluster: 'web', services: Array.from({ length: 11 }, (_, i) => `s${i}`) }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const { failures } = await ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['s1', 'gone'] }));
    expect(failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:111122223333:service/web/gone', reason: 'MISSING' }]);
  });
});

test('what runs can be pulled until its image is deleted', () => {
  const { digest } = aws.ecr.pushMultiArch('app', { tags: ['v1'] });
  aws.ecs.registerTaskDefinition({ family: 'app', images: [aws.ecr.uri('app', 'v1'), 'nginx:1'] });
  aws.ecs.services.create({ cluster: 'web', serviceName: 'app', taskDefinition: 'app' });
  expect(aws.pullEverything().map((pull) => [pull.kind, pull.problem])).toEqual([['task', undefined], ['service revision', undefined]]);
  aws.ecr.repository('app').remove(digest);
  expect(aws.pullEverything().map((pull) => pull.problem)).toEqual([expect.stringContaining('CannotPull'), expect.stringContaining('CannotPull')]);
});
