import { GetHostedConfigurationVersionCommand } from '@aws-sdk/client-appconfig';
import { BatchDeleteImageCommand, DescribeImagesCommand, DescribeRepositoriesCommand, ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { GetFunctionCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { clientsFor, destroyClients } from './clients';
import { startLocalAws, type LocalAws } from '../../src/local-aws';

let aws: LocalAws;

beforeEach(async () => {
  aws = await startLocalAws();
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
});

const REPOSITORY = 'arn:aws:ecr:us-east-1:111122223333:repository';

/** Clients of a role that may do what the statement allows, and nothing else. */
function allowed(Action: string | string[], Resource: string | string[] = '*', more: object = {}) {
  const statement = [{ Effect: 'Allow', Action, Resource, ...more }];
  return clientsFor(aws, aws.credentialsFor({ roleName: 'engine', policies: [{ Version: '2012-10-17', Statement: statement }] }));
}

test('the policies of roles are checked wherever the simulator is installed', () => {
  expect(aws.authorization).toBe('simulated');
});

test('what no policy allows is denied, in the words of AWS, and not done', async () => {
  const { digest } = aws.ecr.pushImage('app');
  const { ecr } = allowed('ecr:DescribeImages');
  await ecr.send(new DescribeImagesCommand({ repositoryName: 'app' }));
  await expect(ecr.send(new BatchDeleteImageCommand({ repositoryName: 'app', imageIds: [{ imageDigest: digest }] }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: `User: arn:aws:sts::111122223333:assumed-role/engine/session is not authorized to perform: ecr:BatchDeleteImage on resource: ${REPOSITORY}/app because no identity-based policy allows the ecr:BatchDeleteImage action`,
  });
  expect(aws.ecr.find('app', digest)).toBeDefined();
  expect(aws.calls.of('ECR', 'BatchDeleteImage')).toMatchObject([{ error: 'AccessDeniedException' }]);
});

test('a policy on some repositories allows neither the others nor listing them all', async () => {
  aws.ecr.createRepository('team/a');
  aws.ecr.createRepository('other');
  const { ecr } = allowed('ecr:*', `${REPOSITORY}/team/*`);
  await ecr.send(new DescribeImagesCommand({ repositoryName: 'team/a' }));
  await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/a'] }));
  await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'other' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/a', 'other'] }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ message: expect.stringContaining(`on resource: ${REPOSITORY}/*`) });
});

test('an explicit deny wins, and says so', async () => {
  aws.ecr.createRepository('app');
  const policies = [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'ecr:Describe*', Resource: '*' }] }];
  const { ecr } = clientsFor(aws, aws.credentialsFor({ roleName: 'engine', policies }));
  await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ message: expect.stringContaining('with an explicit deny in an identity-based policy') });
});

test('the tags of a repository are context keys', async () => {
  aws.ecr.createRepository('ours', { tags: { team: 'a' } });
  aws.ecr.createRepository('theirs', { tags: { team: 'b' } });
  const { ecr } = allowed('ecr:DescribeImages', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'a' } } });
  await ecr.send(new DescribeImagesCommand({ repositoryName: 'ours' }));
  await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'theirs' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('listing referrers needs ecr:BatchGetImage', async () => {
  const { digest } = aws.ecr.pushImage('app');
  const list = new ListImageReferrersCommand({ repositoryName: 'app', subjectId: { imageDigest: digest } });
  await expect(allowed('ecr:List*').ecr.send(list)).rejects.toMatchObject({ message: expect.stringContaining('ecr:BatchGetImage') });
  await allowed('ecr:BatchGetImage').ecr.send(list);
});

test('tasks are authorised by ARN, lists on everything, and a cluster is a context key', async () => {
  aws.ecs.registerTaskDefinition({ family: 'app', images: ['nginx:1'] });
  const { taskArn } = aws.ecs.runTask({ cluster: 'web', taskDefinition: 'app' });
  const { ecs } = allowed(['ecs:DescribeTasks', 'ecs:ListTasks'], '*', { Condition: { ArnLike: { 'ecs:cluster': 'arn:aws:ecs:*:*:cluster/web' } } });
  await ecs.send(new ListTasksCommand({ cluster: 'web' }));
  await ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: [taskArn] }));
  await expect(ecs.send(new ListTasksCommand({ cluster: 'batch' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(allowed('ecs:DescribeTasks', 'arn:aws:ecs:*:*:task/batch/*').ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: [taskArn] })))
    .rejects.toMatchObject({ message: expect.stringContaining(taskArn) });
});

test('a version of a function is a resource of its own', async () => {
  aws.lambda.create({ name: 'f' });
  aws.lambda.publish('f');
  const { lambda } = allowed('lambda:GetFunction', 'arn:aws:lambda:us-east-1:111122223333:function:f');
  await lambda.send(new GetFunctionCommand({ FunctionName: 'f' }));
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'f', Qualifier: '1' }))).rejects.toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
  await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('without s3:ListBucket a missing object is forbidden, not missing', async () => {
  aws.s3.create('record', aws.account);
  const objects = 'arn:aws:s3:::record/*';
  const get = new GetObjectCommand({ Bucket: 'record', Key: 'k' });
  await expect(allowed('s3:GetObject', objects).s3.send(get)).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  await expect(allowed(['s3:GetObject', 's3:ListBucket'], [objects, 'arn:aws:s3:::record']).s3.send(get)).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(allowed('s3:GetObject', objects).s3.send(new PutObjectCommand({ Bucket: 'record', Key: 'k', Body: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a hosted configuration is authorised on application, profile and version', async () => {
  const application = aws.appconfig.createApplication({ name: 'janitor' });
  const profile = aws.appconfig.createProfile(application, { name: 'settings' });
  aws.appconfig.createVersion(profile, { content: '{}', contentType: 'application/json' });
  const arn = `arn:aws:appconfig:us-east-1:111122223333:application/${application.id}`;
  const get = new GetHostedConfigurationVersionCommand({ ApplicationId: application.id, ConfigurationProfileId: profile.id, VersionNumber: 1 });
  await allowed('appconfig:GetHostedConfigurationVersion', [arn, `${arn}/*`]).appconfig.send(get);
  await expect(allowed('appconfig:GetHostedConfigurationVersion', arn).appconfig.send(get)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('everyone may ask who they are; another role is assumed only where a policy allows it', async () => {
  const { arn } = aws.principals.addRole({ roleName: 'member', account: '444455556666' });
  const { sts } = allowed('ecr:*');
  await sts.send(new GetCallerIdentityCommand({}));
  await expect(sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  await allowed('sts:AssumeRole', arn).sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'x' }));
});

test('the registry of another account is closed', async () => {
  aws.at('444455556666').ecr.pushImage('app');
  await expect(clientsFor(aws).ecr.send(new DescribeImagesCommand({ registryId: '444455556666', repositoryName: 'app' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
