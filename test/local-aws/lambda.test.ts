import {
  CreateAliasCommand, CreateFunctionCommand, GetFunctionCommand, ListFunctionsCommand, ListVersionsByFunctionCommand, PublishVersionCommand,
  UpdateFunctionCodeCommand, type FunctionConfiguration,
} from '@aws-sdk/client-lambda';
import { clientsFor, destroyClients } from './clients';
import { startLocalAws, type LocalAws } from '../../src/local-aws';

const Role = 'arn:aws:iam::111122223333:role/function';
let aws: LocalAws;

beforeEach(async () => {
  aws = await startLocalAws();
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
});

test('a function runs the digest that its tag had when the code was set', async () => {
  const { digest } = aws.ecr.pushImage('fn', { tags: ['latest'] });
  const { lambda } = clientsFor(aws);
  const ImageUri = aws.ecr.uri('fn', 'latest');
  const created = await lambda.send(new CreateFunctionCommand({ FunctionName: 'fn', Role, PackageType: 'Image', Code: { ImageUri } }));
  aws.ecr.pushImage('fn', { tags: ['latest'] });
  expect(created).toMatchObject({ CodeSha256: digest.slice('sha256:'.length), FunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:fn' });
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'fn' }));
  expect(Code).toEqual({ RepositoryType: 'ECR', ImageUri, ResolvedImageUri: aws.ecr.uri('fn', digest) });
});

test('published versions keep their code, by number and by alias', async () => {
  const first = aws.ecr.pushImage('fn', { tags: ['v1'] });
  const second = aws.ecr.pushImage('fn', { tags: ['v2'] });
  const { lambda } = clientsFor(aws);
  await lambda.send(new CreateFunctionCommand({ FunctionName: 'fn', Role, PackageType: 'Image', Code: { ImageUri: aws.ecr.uri('fn', 'v1') } }));
  expect((await lambda.send(new PublishVersionCommand({ FunctionName: 'fn' }))).Version).toBe('1');
  await lambda.send(new CreateAliasCommand({ FunctionName: 'fn', Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'fn', ImageUri: aws.ecr.uri('fn', 'v2'), Publish: true }));
  const runs = async (Qualifier?: string) => (await lambda.send(new GetFunctionCommand({ FunctionName: 'fn', Qualifier }))).Code!.ResolvedImageUri!.split('@')[1];
  expect([await runs('live'), await runs('1'), await runs('2'), await runs()]).toEqual([first.digest, first.digest, second.digest, second.digest]);
  const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'fn' }));
  expect(Versions!.map((version) => version.Version)).toEqual(['$LATEST', '1', '2']);
  expect(aws.pullEverything().map((pull) => pull.problem)).toEqual([undefined, undefined, undefined]);
});

test('all versions come in pages of 50, each exactly once, whatever page size is asked for', async () => {
  const { digest } = aws.ecr.pushImage('fn', { tags: ['v1'] });
  for (let i = 0; i < 30; i++) {
    aws.lambda.create({ name: `f${i}`, imageUri: aws.ecr.uri('fn', 'v1') });
    aws.lambda.publish(`f${i}`);
  }
  const { lambda } = clientsFor(aws);
  const all: FunctionConfiguration[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL', MaxItems: 10_000, Marker }));
    expect(page.Functions!.length).toBeLessThanOrEqual(50);
    all.push(...page.Functions!);
    Marker = page.NextMarker;
  } while (Marker);
  expect(new Set(all.map((each) => each.FunctionArn)).size).toBe(60);
  expect(new Set(all.map((each) => each.CodeSha256))).toEqual(new Set([digest.slice('sha256:'.length)]));
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toHaveLength(30);
});

test('an image that is not there is no source, and a function that is not there is not found', async () => {
  const { lambda } = clientsFor(aws);
  aws.ecr.createRepository('fn');
  await expect(lambda.send(new CreateFunctionCommand({ FunctionName: 'fn', Role, PackageType: 'Image', Code: { ImageUri: aws.ecr.uri('fn', 'v1') } })))
    .rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'fn' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
});
