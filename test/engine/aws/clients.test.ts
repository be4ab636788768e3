import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { ListClustersCommand } from '@aws-sdk/client-ecs';
import { AwsCallError } from '../../../src/engine/aws/problems';
import { AwsStub, awsError, RESET } from '../usage/aws-stub';

let stub: AwsStub;
beforeEach(async () => {
  stub = await AwsStub.start();
});
afterEach(() => stub.stop());

test('every call is counted by operation, with its retries and errors', async () => {
  const clients = await stub.clients(2);
  let calls = 0;
  stub.on('ListClusters', () => (calls++ === 0 ? RESET : { clusterArns: [] }));
  stub.on('DescribeRepositories', () => awsError('RepositoryNotFoundException'));
  await clients.ecs.send(new ListClustersCommand({}));
  await clients.ecs.send(new ListClustersCommand({}));
  await expect(clients.ecr.send(new DescribeRepositoriesCommand({}))).rejects.toThrow(AwsCallError);
  expect(clients.calls.report()).toEqual([
    { service: 'ECR', operation: 'DescribeRepositories', count: 1, retries: 0, errors: 1 },
    { service: 'ECS', operation: 'ListClusters', count: 2, retries: 1, errors: 0 },
  ]);
});

test('what a client throws names the service, the operation and the code', async () => {
  const clients = await stub.clients();
  stub.on('ListClusters', () => awsError('ClusterNotFoundException', 'Cluster not found.'));
  await expect(clients.ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({ service: 'ECS', operation: 'ListClusters', code: 'ClusterNotFoundException' });
});

test('AWS sees who calls', async () => {
  const clients = await stub.clients();
  stub.on('ListClusters', () => ({ clusterArns: [] }));
  await clients.ecs.send(new ListClustersCommand({}));
  expect(stub.calls[0]!.userAgent).toMatch(/\bcdk-image-janitor\/\d+\.\d+\.\d+/);
});

test('the clients say which region they speak to', async () => {
  expect((await stub.clients()).region).toBe('eu-west-1');
});
