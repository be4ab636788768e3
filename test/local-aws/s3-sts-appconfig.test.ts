import { Readable } from 'node:stream';
import { CreateApplicationCommand, CreateConfigurationProfileCommand, CreateHostedConfigurationVersionCommand, GetHostedConfigurationVersionCommand } from '@aws-sdk/client-appconfig';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
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

describe('Amazon S3', () => {
  test('an object is read back as it was written, whatever framing the SDK sent it in', async () => {
    const { s3 } = clientsFor(aws);
    await s3.send(new CreateBucketCommand({ Bucket: 'record' }));
    await s3.send(new HeadBucketCommand({ Bucket: 'record' }));
    const body = 'größe\n'.repeat(20_000);
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket: 'record', Key: 'runs/2026 11/a+b.json', Body: body, ContentType: 'application/json' }));
    const got = await s3.send(new GetObjectCommand({ Bucket: 'record', Key: 'runs/2026 11/a+b.json' }));
    expect(await got.Body!.transformToString()).toBe(body);
    expect(got).toMatchObject({ ETag, ContentType: 'application/json' });
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'record', Key: 'runs/2026 11/a+b.json' }));
    expect(head.ContentLength).toBe(Buffer.byteLength(body));
    await s3.send(new DeleteObjectCommand({ Bucket: 'record', Key: 'runs/2026 11/a+b.json' }));
    expect(aws.s3.keys('record')).toEqual([]);
  });

  test('a stream is stored without the chunks it came in', async () => {
    const { s3 } = clientsFor(aws);
    aws.s3.create('record', aws.account);
    const Body = Readable.from([Buffer.from('one '), Buffer.from('two')]);
    await s3.send(new PutObjectCommand({ Bucket: 'record', Key: 'k', Body, ContentLength: 7 }));
    expect(aws.s3.text('record', 'k')).toBe('one two');
  });

  test('If-None-Match creates once, If-Match replaces only what the caller saw', async () => {
    const { s3 } = clientsFor(aws);
    aws.s3.create('record', aws.account);
    const put = (Body: string, condition: { IfMatch?: string; IfNoneMatch?: string }, Key = 'lock') => s3.send(new PutObjectCommand({ Bucket: 'record', Key, Body, ...condition }));
    const { ETag } = await put('a', { IfNoneMatch: '*' });
    await expect(put('b', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    await put('c', { IfMatch: ETag });
    await expect(put('d', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('e', { IfMatch: ETag }, 'absent')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    expect(aws.s3.text('record', 'lock')).toBe('c');
  });

  test('keys are listed in order, by prefix, in pages of 1000', async () => {
    const { s3 } = clientsFor(aws);
    aws.s3.create('record', aws.account);
    for (let i = 0; i < 1200; i++) aws.s3.put('record', `runs/${String(i).padStart(5, '0')}`, '');
    aws.s3.put('record', 'other', '');
    const first = await s3.send(new ListObjectsV2Command({ Bucket: 'record', Prefix: 'runs/' }));
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 1000 });
    const second = await s3.send(new ListObjectsV2Command({ Bucket: 'record', Prefix: 'runs/', ContinuationToken: first.NextContinuationToken }));
    expect(second.Contents!.map((object) => object.Key)).toEqual(Array.from({ length: 200 }, (_, i) => `runs/${String(1000 + i).padStart(5, '0')}`));
    const folders = await s3.send(new ListObjectsV2Command({ Bucket: 'record', Delimiter: '/' }));
    expect(folders.CommonPrefixes).toEqual([{ Prefix: 'runs/' }]);
  });

  test('what is missing is missed: 404 for bucket and key', async () => {
    const { s3 } = clientsFor(aws);
    aws.s3.create('record', aws.account);
    await expect(s3.send(new GetObjectCommand({ Bucket: 'record', Key: 'k' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand({ Bucket: 'record', Key: 'k' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(s3.send(new GetObjectCommand({ Bucket: 'gone', Key: 'k' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'gone' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });
});

describe('AWS STS', () => {
  test('a caller is the session of its role', async () => {
    const { sts } = clientsFor(aws, aws.credentialsFor({ roleName: 'engine' }));
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '111122223333', Arn: 'arn:aws:sts::111122223333:assumed-role/engine/session' });
  });

  test('an assumed role acts in its own account, and a role that is not there cannot be assumed', async () => {
    const { arn } = aws.principals.addRole({ roleName: 'member', account: '444455556666' });
    aws.at('444455556666').ecr.pushImage('theirs');
    aws.ecr.pushImage('ours');
    const { sts } = clientsFor(aws);
    const { Credentials: assumed, AssumedRoleUser: user } = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'janitor' }));
    expect(user!.Arn).toBe('arn:aws:sts::444455556666:assumed-role/member/janitor');
    const member = clientsFor(aws, { accessKeyId: assumed!.AccessKeyId!, secretAccessKey: assumed!.SecretAccessKey!, sessionToken: assumed!.SessionToken!, accountId: '' });
    expect((await member.sts.send(new GetCallerIdentityCommand({}))).Account).toBe('444455556666');
    expect((await member.ecr.send(new DescribeRepositoriesCommand({}))).repositories!.map((repository) => repository.repositoryName)).toEqual(['theirs']);
    await expect(sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:role/gone', RoleSessionName: 'x' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('unknown credentials are refused', async () => {
    const { sts, ecr, s3 } = clientsFor(aws, { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x', sessionToken: 'x', accountId: '' });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(ecr.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'b' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});

describe('AWS AppConfig', () => {
  test('a hosted configuration comes back byte for byte with its version number', async () => {
    const { appconfig } = clientsFor(aws);
    const { Id: ApplicationId } = await appconfig.send(new CreateApplicationCommand({ Name: 'janitor' }));
    const { Id: ConfigurationProfileId } = await appconfig.send(new CreateConfigurationProfileCommand({ ApplicationId, Name: 'settings', LocationUri: 'hosted' }));
    const content = JSON.stringify({ version: 1, name: 'ü' });
    const create = (text: string) => appconfig.send(new CreateHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, Content: Buffer.from(text), ContentType: 'application/json' }));
    await create('{}');
    expect((await create(content)).VersionNumber).toBe(2);
    const got = await appconfig.send(new GetHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber: 2 }));
    expect(Buffer.from(got.Content!).toString('utf8')).toBe(content);
    expect(got).toMatchObject({ VersionNumber: 2, ContentType: 'application/json' });
    await expect(appconfig.send(new GetHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber: 9 }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
