import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetHostedConfigurationVersionCommand } from '@aws-sdk/client-appconfig';
import { BatchDeleteImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { clientsFor, destroyClients } from './clients';
import { ImageJanitor, JanitorMode, Runner } from '../../src';
import { SETTINGS_VARIABLE } from '../../src/contract/settings';
import { deployTemplate, startLocalAws, type LocalAws } from '../../src/local-aws';

let aws: LocalAws;
let folder: string;

beforeEach(async () => {
  aws = await startLocalAws();
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
  rmSync(folder, { recursive: true });
});

function deployJanitor(runner: Runner, mode: JanitorMode) {
  const app = new App({ outdir: folder });
  const stack = new Stack(app, 'Demo');
  new ImageJanitor(stack, 'ImageJanitor', { mode, runner, containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(14) }] });
  const { template } = app.synth().getStackByName('Demo');
  return deployTemplate(aws, template, { stackName: 'Demo', assemblyDirectory: folder });
}

async function settingsOf(environment: Readonly<Record<string, string>>, credentials = aws.credentialsFor({ roleName: 'administrator' })) {
  const [, ApplicationId, ConfigurationProfileId, VersionNumber] = /^appconfig:\/\/([^/]+)\/([^/]+)\/(\d+)$/.exec(environment[SETTINGS_VARIABLE]!)!;
  const get = new GetHostedConfigurationVersionCommand({ ApplicationId, ConfigurationProfileId, VersionNumber: Number(VersionNumber) });
  return JSON.parse(Buffer.from((await clientsFor(aws, credentials).appconfig.send(get)).Content!).toString('utf8'));
}

describe('an ImageJanitor', () => {
  test('in a Lambda function finds its settings, with tokens resolved, by its own role', async () => {
    const { lambdaFunctions: [runner], resources } = deployJanitor(Runner.lambda(), JanitorMode.REPORT_ONLY);
    expect(runner).toMatchObject({ handler: 'index.handler', timeoutSeconds: 900, assetPath: expect.stringContaining(folder) });
    const settings = await settingsOf(runner!.environment, runner!.role!.credentials());
    const [bucket] = Object.values(resources).filter((resource) => resource.type === 'AWS::S3::Bucket');
    expect(settings).toMatchObject({ mode: 'REPORT_ONLY', record: { bucket: bucket!.physicalId } });
    expect(aws.s3.all.has(bucket!.physicalId)).toBe(true);
  });

  test('that only reports has no permission to delete; the role of one that enforces has, and only in its repositories', async () => {
    const { digest } = aws.ecr.pushImage('example-a');
    aws.ecr.pushImage('other');
    const remove = (repositoryName: string) => new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] });
    const reporting = clientsFor(aws, deployJanitor(Runner.lambda(), JanitorMode.REPORT_ONLY).lambdaFunctions[0]!.role!.credentials());
    await reporting.ecr.send(new DescribeImagesCommand({ repositoryName: 'example-a' }));
    await expect(reporting.ecr.send(remove('example-a'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const enforcing = clientsFor(aws, deployJanitor(Runner.lambda(), JanitorMode.ENFORCE).lambdaFunctions[0]!.role!.credentials());
    await expect(enforcing.ecr.send(remove('other'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await enforcing.ecr.send(remove('example-a'))).failures).toEqual([]);
  });

  test('keeps its bucket and its names when it is updated; changed settings are a new version', async () => {
    const ids = ({ resources }: ReturnType<typeof deployJanitor>) =>
      Object.fromEntries(Object.entries(resources).map(([name, { physicalId }]) => [name, physicalId]));
    const first = deployJanitor(Runner.lambda(), JanitorMode.REPORT_ONLY);
    expect(ids(deployJanitor(Runner.lambda(), JanitorMode.REPORT_ONLY))).toEqual(ids(first));
    const second = deployJanitor(Runner.lambda(), JanitorMode.ENFORCE);
    const version = Object.keys(first.resources).find((name) => first.resources[name]!.type === 'AWS::AppConfig::HostedConfigurationVersion')!;
    expect(ids(second)).toEqual({ ...ids(first), [version]: '2' });
    expect(await settingsOf(second.lambdaFunctions[0]!.environment)).toMatchObject({ mode: 'ENFORCE' });
    expect(await settingsOf(first.lambdaFunctions[0]!.environment)).toMatchObject({ mode: 'REPORT_ONLY' });
  });

  test('in CodeBuild has its environment, its build specification and its source', async () => {
    const { codeBuildProjects: [project] } = deployJanitor(Runner.codeBuild(), JanitorMode.REPORT_ONLY);
    expect(project).toMatchObject({ image: 'aws/codebuild/standard:8.0', timeoutMinutes: 60, assetPath: expect.stringContaining(folder), buildSpec: expect.stringContaining('node index.js') });
    expect(await settingsOf(project!.environment)).toMatchObject({ mode: 'REPORT_ONLY' });
  });
});

describe('intrinsic functions', () => {
  const outputsOf = (values: Record<string, unknown>, rest: object = {}) => deployTemplate(aws, {
    Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'record' } } },
    Outputs: Object.fromEntries(Object.entries(values).map(([name, Value]) => [name, { Value }])),
    ...rest,
  }, { stackName: 'Stack' }).outputs;

  test('yield what CloudFormation makes of them', () => {
    expect(outputsOf({
      Ref: { Ref: 'Bucket' },
      GetAtt: { 'Fn::GetAtt': ['Bucket', 'Arn'] },
      GetAttText: { 'Fn::GetAtt': 'Bucket.Arn' },
      Join: { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 1]] },
      Sub: { 'Fn::Sub': '${AWS::AccountId} ${Bucket} ${Bucket.Arn} ${!Literal}' },
      SubWith: { 'Fn::Sub': ['${Name}.${AWS::URLSuffix}', { Name: { Ref: 'AWS::StackName' } }] },
      Select: { 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] },
      Base64: { 'Fn::Base64': 'x' },
      If: { 'Fn::If': ['InChina', 'yes', 'no'] },
      Map: { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Name'] },
      Parameter: { Ref: 'Stage' },
      List: ['kept', { Ref: 'AWS::NoValue' }],
    }, {
      Conditions: {
        InChina: { 'Fn::And': [{ 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] }, { 'Fn::Not': [{ Condition: 'Never' }] }] },
        Never: { 'Fn::Or': [{ 'Fn::Equals': ['a', 'b'] }] },
      },
      Mappings: { Regions: { 'us-east-1': { Name: 'N. Virginia' } } },
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
    })).toEqual({
      Ref: 'record',
      GetAtt: 'arn:aws:s3:::record',
      GetAttText: 'arn:aws:s3:::record',
      Join: 'a-us-east-1-1',
      Sub: '111122223333 record arn:aws:s3:::record ${Literal}',
      SubWith: 'Stack.amazonaws.com',
      Select: 'b',
      Base64: 'eA==',
      If: 'no',
      Map: 'N. Virginia',
      Parameter: 'dev',
      List: ['kept'],
    });
  });

  test('that are not known, or find nothing, are errors', () => {
    for (const value of [
      { 'Fn::ImportValue': 'x' },
      { 'Fn::Cidr': ['10.0.0.0/16', 1] },
      { Ref: 'Nothing' },
      { 'Fn::GetAtt': ['Bucket', 'Nothing'] },
      { 'Fn::If': ['Nothing', 1, 2] },
      { 'Fn::FindInMap': ['a', 'b', 'c'] },
      { 'Fn::Select': [3, ['a']] },
      { 'Fn::Join': ['', [{ Ref: 'AWS::NoValue' }, { a: 1 }]] },
    ]) expect(() => outputsOf({ value })).toThrow();
  });

  test('a resource under a false condition is not made, and a circle is an error', () => {
    const stack = deployTemplate(aws, {
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Bucket: { Type: 'AWS::S3::Bucket', Condition: 'Never' }, Topic: { Type: 'AWS::SNS::Topic' } },
    }, { stackName: 'Stack' });
    expect(Object.keys(stack.resources)).toEqual(['Topic']);
    expect(() => deployTemplate(aws, {
      Resources: {
        A: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'B' } } },
        B: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'A' } } },
      },
    }, { stackName: 'Circle' })).toThrow(/in a circle: A → B → A/);
  });

  test('the condition of a policy statement is no intrinsic function', () => {
    const { roles } = deployTemplate(aws, {
      Resources: {
        Role: { Type: 'AWS::IAM::Role', Properties: {} },
        Policy: { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: [{ Condition: { StringEquals: { a: { Ref: 'AWS::Region' } } } }] } } },
      },
    }, { stackName: 'Stack' });
    expect(roles[0]!.policies).toEqual([{ Statement: [{ Condition: { StringEquals: { a: 'us-east-1' } } }] }]);
  });
});

test('a pull-time exclusion of the stack keeps the reads of its role from counting as pulls', () => {
  const resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
    Exclusion: { Type: 'AWS::ECR::PullTimeUpdateExclusion', Properties: { PrincipalArn: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  };
  const stack = deployTemplate(aws, { Resources: resources }, { stackName: 'exclusion' });
  expect([...aws.ecr.pullTimeExclusions.keys()]).toContain(stack.roles[0]!.arn);
});
