import { BatchDeleteImageCommand, DescribeImagesCommand, DescribeRepositoriesCommand, PutLifecyclePolicyCommand } from '@aws-sdk/client-ecr';
import { DescribeTasksCommand, ListClustersCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientsFor, destroyClients } from './clients';
import { AwsError, startLocalAws, type LocalAws } from '../../src/local-aws';

let aws: LocalAws;

beforeEach(async () => {
  aws = await startLocalAws();
  aws.ecr.createRepository('app');
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
});

const list = () => clientsFor(aws).ecr.send(new DescribeRepositoriesCommand({}));

test('a fault befalls the calls that it names, and no others', async () => {
  aws.faults.inject({ service: 'ECR', operation: 'DescribeRepositories', nth: 2, times: 2, kind: 'access-denied' });
  await clientsFor(aws).ecr.send(new DescribeImagesCommand({ repositoryName: 'app' }));
  await list();
  await expect(list()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('is not authorized to perform: ecr:DescribeRepositories') });
  await expect(list()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await list();
});

test('throttling and server errors look as they do on AWS, and are retried by the SDK', async () => {
  aws.faults.inject({ service: 'ECR', kind: 'throttle' });
  await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' });
  aws.faults.inject({ service: 'Lambda', kind: 'throttle' });
  await expect(clientsFor(aws).lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  aws.faults.inject({ service: 'ECR', kind: 'server-error' });
  const { ecr } = clientsFor(aws, undefined, { maxAttempts: 2 });
  expect((await ecr.send(new DescribeRepositoriesCommand({}))).$metadata.attempts).toBe(2);
});

test('an answer that is reset, cut off, empty or HTML is no answer', async () => {
  for (const kind of ['reset', 'truncated', 'html'] as const) {
    aws.faults.inject({ kind });
    await expect(list()).rejects.toThrow();
  }
  aws.faults.inject({ kind: 'empty' });
  expect((await list()).repositories).toBeUndefined();
});

test('a call that is never answered ends with the patience of the caller', async () => {
  aws.faults.inject({ kind: 'timeout' });
  const { ecr } = clientsFor(aws);
  ecr.config.requestHandler = new NodeHttpHandler({ requestTimeout: 50, throwOnRequestTimeout: true });
  await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('the answer can be lost after the deed', async () => {
  const { digest } = aws.ecr.pushImage('app');
  aws.faults.inject({ operation: 'BatchDeleteImage', kind: 'reset', after: true });
  await expect(clientsFor(aws).ecr.send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageDigest: digest }] }))).rejects.toThrow();
  expect(aws.ecr.find('app', digest)).toBeUndefined();
});

test('every list can repeat its page for ever', async () => {
  aws.s3.create('record', aws.account);
  aws.ecs.createCluster('web');
  aws.faults.inject({ kind: 'repeated-token', times: Infinity });
  const { ecr, ecs, lambda, s3 } = clientsFor(aws);
  const first = await ecr.send(new DescribeRepositoriesCommand({}));
  const second = await ecr.send(new DescribeRepositoriesCommand({ nextToken: first.nextToken }));
  expect(second).toMatchObject({ nextToken: first.nextToken, repositories: first.repositories });
  expect((await ecs.send(new ListClustersCommand({}))).nextToken).toBe(first.nextToken);
  expect((await lambda.send(new ListFunctionsCommand({}))).NextMarker).toBe(first.nextToken);
  expect(await s3.send(new ListObjectsV2Command({ Bucket: 'record' }))).toMatchObject({ IsTruncated: true, NextContinuationToken: first.nextToken });
});

test('failures inside a 200 leave those items undone', async () => {
  const images = [aws.ecr.pushImage('app').digest, aws.ecr.pushImage('app').digest];
  aws.faults.inject({ kind: 'failures', operation: 'BatchDeleteImage', items: 1 });
  const answer = await clientsFor(aws).ecr.send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: images.map((imageDigest) => ({ imageDigest })) }));
  expect(answer.failures).toMatchObject([{ imageId: { imageDigest: images[0] }, failureCode: 'KmsError' }]);
  expect([...aws.ecr.repository('app').images.keys()]).toEqual([images[0]]);
  aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
  const { taskArn } = aws.ecs.runTask({ taskDefinition: 'app' });
  aws.faults.inject({ kind: 'failures', operation: 'DescribeTasks' });
  const described = await clientsFor(aws).ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
  expect(described).toMatchObject({ tasks: [], failures: [{ arn: taskArn, reason: 'MISSING' }] });
});

test('a hook sees each call before it is carried out, and may change the world or refuse', async () => {
  const { digest } = aws.ecr.pushImage('app', { tags: ['v1'] });
  const off = aws.onCall((call) => {
    if (call.operation === 'DescribeImages') aws.ecr.repository('app').remove(digest);
    if (call.operation === 'BatchDeleteImage') throw new AwsError('ServerException', 'not now', 500);
  });
  const { ecr } = clientsFor(aws);
  expect((await ecr.send(new DescribeImagesCommand({ repositoryName: 'app' }))).imageDetails).toEqual([]);
  const remove = new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageDigest: digest }] });
  await expect(ecr.send(remove)).rejects.toMatchObject({ name: 'ServerException' });
  off();
  expect((await ecr.send(remove)).failures).toHaveLength(1);
});

test('quotas throttle once the bucket is empty, and it fills again; tasks share one', async () => {
  aws.ecs.createCluster('web');
  let now = 0;
  aws.quotas.enable(() => now);
  const { ecs } = clientsFor(aws);
  for (let i = 0; i < 50; i++) {
    await ecs.send(new ListTasksCommand({ cluster: 'web' }));
    await ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: ['0'] }));
  }
  await expect(ecs.send(new ListTasksCommand({ cluster: 'web' }))).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
  await ecs.send(new ListClustersCommand({}));
  now = 50;
  await ecs.send(new ListTasksCommand({ cluster: 'web' }));
  await expect(ecs.send(new ListTasksCommand({ cluster: 'web' }))).rejects.toMatchObject({ name: 'ThrottlingException' });
  aws.quotas.disable();
  await ecs.send(new ListTasksCommand({ cluster: 'web' }));
});

test('calls are recorded with who, what and when, without bodies', async () => {
  aws.s3.create('record', aws.account);
  const { s3, ecr } = clientsFor(aws, aws.credentialsFor({ roleName: 'engine' }));
  await s3.send(new PutObjectCommand({ Bucket: 'record', Key: 'k', Body: 'secret' }));
  await ecr.send(new DescribeImagesCommand({ repositoryName: 'app', maxResults: 7 }));
  expect(aws.calls.counts()).toEqual({ 'S3 PutObject': 1, 'ECR DescribeImages': 1 });
  expect(aws.calls.of('ECR')[0]).toMatchObject({ principal: 'arn:aws:sts::111122223333:assumed-role/engine/session', input: { repositoryName: 'app', maxResults: 7 } });
  expect(aws.calls.of('S3')[0]!.input).toMatchObject({ Bucket: 'record', Key: 'k', Body: '6 bytes' });
  aws.calls.reset();
  expect(aws.calls.all).toEqual([]);
});

test('an operation that is not implemented says so, in the protocol of its service', async () => {
  await expect(clientsFor(aws).ecr.send(new PutLifecyclePolicyCommand({ repositoryName: 'app', lifecyclePolicyText: '{}' })))
    .rejects.toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 501 } });
});

test('the environment points a program at this account and at nothing else', () => {
  expect(aws.environmentFor(aws.credentialsFor({ roleName: 'engine' }))).toMatchObject({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[0-9A-F]{16}$/),
    AWS_SESSION_TOKEN: expect.any(String),
  });
});
