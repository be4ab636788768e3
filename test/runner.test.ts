import { execFileSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join as joinPath } from 'path';
import { Duration, Stack, Token } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { join, logicalId, statementsOf, synthesise, warningsOf } from './synth';
import { Runner, RunnerBindOptions, RunnerConfig } from '../src';
import { OPERATIONS } from '../src/contract/operations';
import { EXIT_STATUS } from '../src/contract/report';
import { SETTINGS_VARIABLE } from '../src/contract/settings';

describe('Runner.lambda()', () => {
  test('runs the engine on ARM, for up to 15 minutes, one at a time, without retries', () => {
    const { template, stack, janitor } = synthesise();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      MemorySize: 1769,
      Timeout: 900,
      ReservedConcurrentExecutions: 1,
      LoggingConfig: { LogGroup: { Ref: stack.getLogicalId(janitor.logGroup.node.defaultChild as any) } },
      VpcConfig: Match.absent(),
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
    template.resourceCountIs('AWS::CodeBuild::Project', 0);
    expect(janitor.lambdaFunction).toBeDefined();
    expect(janitor.codeBuildProject).toBeUndefined();
  });

  test('finds its settings by the version of this deployment', () => {
    const { template } = synthesise();
    const version = Object.keys(template.findResources('AWS::AppConfig::HostedConfigurationVersion'))[0];
    const { Environment } = Object.values(template.findResources('AWS::Lambda::Function'))[0].Properties;
    expect(join(Environment.Variables[SETTINGS_VARIABLE])).toMatch(new RegExp(`^appconfig://\\w+/\\w+/${version}$`));
  });

  test('takes other values', () => {
    const { template } = synthesise({
      runner: Runner.lambda({
        timeout: Duration.minutes(5),
        memorySize: 512,
        reserveConcurrency: false,
        runtime: lambda.Runtime.NODEJS_22_X,
        architecture: lambda.Architecture.X86_64,
      }),
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Architectures: ['x86_64'], Runtime: 'nodejs22.x', MemorySize: 512, Timeout: 300, ReservedConcurrentExecutions: Match.absent(),
    });
  });

  test('a run that Lambda could not get to within an hour is in the dead-letter queue, not lost', () => {
    const { template, stack, janitor } = synthesise();
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumEventAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: stack.resolve(janitor.deadLetterQueue.queueArn) } },
    });
    const statement = statementsOf(template, logicalId(stack, janitor.role as iam.Role)).find(({ Action }) => Action.includes('sqs:SendMessage'));
    expect(statement).toMatchObject({ Resource: [`${logicalId(stack, janitor.deadLetterQueue)}.Arn`] });
  });

  test.each([
    ['Python', lambda.Runtime.PYTHON_3_12, 'python3.12'],
    ['an old Node.js', lambda.Runtime.NODEJS_18_X, 'nodejs18.x'],
  ])('refuses %s', (_what, runtime, name) => {
    expect(() => Runner.lambda({ runtime })).toThrow(`Runner.lambda({ runtime }) is '${name}': expected a Node.js runtime, 22 or newer`);
  });

  test('has no managed policy: its role is exactly what the settings need', () => {
    const { template } = synthesise();
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('runs in a VPC, with the network interfaces that this takes', () => {
    const { template, stack, janitor } = synthesise((scope) => ({ runner: Runner.lambda({ vpc: new ec2.Vpc(scope, 'Vpc') }) }));
    template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: { SecurityGroupIds: [Match.anyValue()] } });
    const statement = statementsOf(template, logicalId(stack, janitor.role as iam.Role)).find(({ Sid }) => Sid === 'NetworkInterfaces');
    expect(statement?.Action).toContain('ec2:CreateNetworkInterface');
    expect(janitor.connections.securityGroups).toHaveLength(1);
  });

  test('refuses more time than Lambda gives', () => {
    expect(() => Runner.lambda({ timeout: Duration.minutes(16) })).toThrow('Runner.lambda({ timeout }) is 16 minutes: expected whole seconds from 1 minute to 15 minutes');
  });
});

describe('Runner.codeBuild()', () => {
  test('runs the same engine on the current standard image, for up to an hour, one at a time', () => {
    const { template, janitor } = synthesise({ runner: Runner.codeBuild() });
    template.hasResourceProperties('AWS::CodeBuild::Project', {
      Environment: {
        Image: 'aws/codebuild/standard:8.0',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        PrivilegedMode: false,
        EnvironmentVariables: [{ Name: SETTINGS_VARIABLE, Type: 'PLAINTEXT', Value: Match.anyValue() }],
      },
      Source: { Type: 'S3' },
      TimeoutInMinutes: 60,
      ConcurrentBuildLimit: 1,
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED' } },
    });
    template.resourceCountIs('AWS::Lambda::Function', 0);
    expect(janitor.lambdaFunction).toBeUndefined();
    expect(janitor.codeBuildProject).toBeDefined();
  });

  test('has a role that only builds of this account and region can take', () => {
    synthesise({ runner: Runner.codeBuild() }).template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'codebuild.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':codebuild:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':project/*']] } },
          },
        }],
      },
    });
  });

  test('writes to the janitor\'s log group and no other', () => {
    const { template, stack, janitor } = synthesise({ runner: Runner.codeBuild() });
    const logging = statementsOf(template, logicalId(stack, janitor.role as iam.Role)).filter(({ Action }) => Action.some((action) => action.startsWith('logs:')));
    expect(logging.map(({ Action, Resource }) => [Action, Resource])).toEqual([[['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logicalId(stack, janitor.logGroup as any)}.Arn`]]]);
  });

  test('uses the same bundle as Lambda does', () => {
    const key = /[0-9a-f]{64}\.zip/;
    const [fromLambda] = key.exec(JSON.stringify(synthesise().template.findResources('AWS::Lambda::Function')))!;
    const [fromCodeBuild] = key.exec(JSON.stringify(synthesise({ runner: Runner.codeBuild() }).template.findResources('AWS::CodeBuild::Project')))!;
    expect(fromCodeBuild).toBe(fromLambda);
  });

  test('takes other values', () => {
    const { template } = synthesise({
      runner: Runner.codeBuild({ timeout: Duration.hours(8), computeType: codebuild.ComputeType.LARGE, buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('node:24') }),
    });
    template.hasResourceProperties('AWS::CodeBuild::Project', { TimeoutInMinutes: 480, Environment: { ComputeType: 'BUILD_GENERAL1_LARGE', Image: 'node:24' } });
  });

  test('asks for a version of Node only where CodeBuild can give one', () => {
    const specOf = (buildImage?: codebuild.IBuildImage) => (
      Object.values(synthesise({ runner: Runner.codeBuild({ buildImage }) }).template.findResources('AWS::CodeBuild::Project'))[0].Properties.Source.BuildSpec
    );
    expect(specOf()).toContain('nodejs: "24"');
    expect(specOf(codebuild.LinuxBuildImage.fromDockerRegistry('node:24'))).not.toContain('runtime-versions');
  });

  test.each(Object.entries(EXIT_STATUS))('the build of a run that ends as %s succeeds exactly if the run did, or went as far as time allowed', (status, exitStatus) => {
    const spec: string = Object.values(synthesise({ runner: Runner.codeBuild() }).template.findResources('AWS::CodeBuild::Project'))[0].Properties.Source.BuildSpec;
    const command = /- (node index\.js run.*)/.exec(spec)![1];
    const folder = mkdtempSync(joinPath(tmpdir(), 'image-janitor-'));
    try {
      writeFileSync(joinPath(folder, 'index.js'), `process.exit(process.argv[2] === 'run' ? ${exitStatus} : 99);`);
      const build = () => execFileSync('sh', ['-c', command], { cwd: folder });
      if (status === 'COMPLETE' || status === 'PARTIAL') expect(build).not.toThrow();
      else expect(build).toThrow(expect.objectContaining({ status: exitStatus }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('runs in a VPC', () => {
    const { template, janitor } = synthesise((scope) => ({ runner: Runner.codeBuild({ vpc: new ec2.Vpc(scope, 'Vpc') }) }));
    template.hasResourceProperties('AWS::CodeBuild::Project', { VpcConfig: { VpcId: Match.anyValue() } });
    expect(janitor.connections.securityGroups).toHaveLength(1);
  });

  test('refuses less time than CodeBuild takes', () => {
    expect(() => Runner.codeBuild({ timeout: Duration.minutes(2) })).toThrow('Runner.codeBuild({ timeout }) is 2 minutes: expected whole minutes from 5 minutes to 1 day 12 hours');
    expect(() => Runner.codeBuild({ timeout: Duration.seconds(330) })).toThrow('Runner.codeBuild({ timeout }) is 5 minutes 30 seconds: expected whole minutes');
    expect(() => Runner.codeBuild({ timeout: Duration.minutes(Token.asNumber({ Ref: 'Time' })) })).toThrow('Runner.codeBuild({ timeout }) is known at deploy only');
  });
});

describe.each([
  ['Runner.lambda()', (role: iam.IRole) => Runner.lambda({ role })],
  ['Runner.codeBuild()', (role: iam.IRole) => Runner.codeBuild({ role })],
])('a role of your own in %s', (_name, runner) => {
  test('gets the permissions, and no other role is made for the engine', () => {
    const { template, stack, janitor } = synthesise((scope) => ({ runner: runner(new iam.Role(scope, 'Own', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') })) }));
    const own = logicalId(stack, janitor.role as iam.Role);
    expect(own).toMatch(/^Own/);
    expect(statementsOf(template, own).flatMap(({ Action }) => Action)).toContain('ecr:DescribeImages');
    template.resourceCountIs('AWS::IAM::Role', 2);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('that is imported gets them in a policy of its own', () => {
    const { template, stack } = synthesise((scope) => ({ runner: runner(iam.Role.fromRoleName(scope, 'Imported', 'imported')) }));
    template.hasResourceProperties('AWS::IAM::Policy', { Roles: ['imported'] });
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, (scope: Stack) => iam.IRole]>([
    ['immutable', (scope) => iam.Role.fromRoleName(scope, 'Imported', 'imported', { mutable: false })],
    ['of another account', (scope) => iam.Role.fromRoleArn(scope, 'Imported', 'arn:aws:iam::222222222222:role/imported')],
  ])('that is %s is left alone, with a warning that says what it needs', (_what, make) => {
    const { stack } = synthesise((scope) => ({ runner: runner(make(scope)) }), { account: '111111111111', region: 'eu-west-1' });
    const warning = warningsOf(stack).find((text) => text.includes('image-janitor:rolePolicyNotChanged'));
    for (const { action, mutates } of OPERATIONS.filter((row) => row.action)) {
      if (!mutates) expect(warning).toContain(action);
    }
  });
});

test('without a VPC there are no connections, and asking for them says why', () => {
  expect(() => synthesise().janitor.connections).toThrow('the janitor has no connections, as its runner is in no VPC: give the runner a vpc');
});

test('a runner of your own needs no more than bind()', () => {
  class OwnRunner extends Runner {
    public bind(scope: Stack, options: RunnerBindOptions): RunnerConfig {
      expect(options.settingsUri).toMatch(/^appconfig:/);
      const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
      return { arn: 'arn:aws:states:eu-west-1:111111111111:stateMachine:own', startAction: 'states:StartExecution', role };
    }
  }
  const { template, stack, janitor } = synthesise({ runner: new OwnRunner() });
  expect(statementsOf(template, logicalId(stack, janitor.scheduleRole)).find(({ Sid }) => Sid === 'Start')).toMatchObject({
    Action: ['states:StartExecution'], Resource: ['arn:aws:states:eu-west-1:111111111111:stateMachine:own'],
  });
  expect(janitor.failureAlarm).toBeUndefined();
  const grantee = new iam.User(stack, 'Grantee');
  expect(janitor.grantRun(grantee).success).toBe(true);
});
