import { App, Aspects, CfnResource, Duration, Environment, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { logicalId, RULE, settingsOf, statementsOf, synthesise, warningsOf } from './synth';
import { ImageJanitor, ImageJanitorProps, JanitorMode, Runner } from '../src';
import { METRICS } from '../src/contract/settings';

test('reports and changes nothing unless told otherwise', () => {
  const { template } = synthesise();
  expect(settingsOf(template)).toMatchObject({ mode: 'REPORT_ONLY', guards: { maxRetirePercent: 50, maxRetireCount: 1000, safetyAge: 'P1D' } });
});

test('limits, safety age and an acknowledged plan reach the engine', () => {
  const { template } = synthesise({ mode: JanitorMode.ENFORCE, maxRetirePercent: 95, maxRetireCount: 5, safetyAge: Duration.days(3), acknowledgePlan: 'abc' });
  expect(settingsOf(template)).toMatchObject({
    mode: 'ENFORCE', guards: { maxRetirePercent: 95, maxRetireCount: 5, safetyAge: 'P3D', acknowledgePlan: 'abc' },
  });
});

test.each<[string, Partial<ImageJanitorProps>, string]>([
  ['no rules', { containerImages: undefined }, 'containerImages is empty'],
  ['no percent', { maxRetirePercent: 0 }, 'maxRetirePercent is 0: expected an integer from 1 to 100'],
  ['more than all', { maxRetirePercent: 101 }, 'maxRetirePercent is 101: expected an integer from 1 to 100'],
  ['no image', { maxRetireCount: 0 }, 'maxRetireCount is 0: expected an integer of at least 1'],
  ['an empty hash', { acknowledgePlan: '' }, "acknowledgePlan is '': expected 1 to 256 characters"],
  ['a window of more than a day', { flexibleWindow: Duration.hours(25) }, 'flexibleWindow is 1 day 1 hour: expected 0 minutes to 1 day'],
  ['a record that is kept for hours', { recordRetention: Duration.hours(12) }, 'recordRetention is 12 hours: expected 1 day to 36500 days'],
])('refuses %s', (_what, props, message) => {
  expect(() => synthesise(props)).toThrow(message);
});

describe('the schedule', () => {
  test('starts a run on Tuesdays, within an hour, with two retries and a dead-letter queue', () => {
    const { template, stack, janitor } = synthesise();
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 8 ? * TUE *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
      State: 'ENABLED',
      Target: {
        Arn: stack.resolve(janitor.lambdaFunction!.functionArn),
        RoleArn: stack.resolve(janitor.scheduleRole.roleArn),
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 86400 },
        DeadLetterConfig: { Arn: stack.resolve(janitor.deadLetterQueue.queueArn) },
      },
    });
  });

  test('can be another one, at once, or off', () => {
    const { template } = synthesise({
      schedule: ScheduleExpression.cron({ weekDay: 'MON', hour: '8', minute: '0', timeZone: TimeZone.ASIA_TOKYO }), flexibleWindow: Duration.minutes(0), scheduleEnabled: false,
    });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 8 ? * MON *)', ScheduleExpressionTimezone: 'Asia/Tokyo', FlexibleTimeWindow: { Mode: 'OFF' }, State: 'DISABLED',
    });
  });

  test.each([['Runner.lambda()', Runner.lambda(), 'lambda:InvokeFunction'], ['Runner.codeBuild()', Runner.codeBuild(), 'codebuild:StartBuild']])(
    'has a role that can start this one target and keep dead letters, and nothing else: %s', (_name, runner, action) => {
      const { template, stack, janitor } = synthesise({ runner });
      const target = logicalId(stack, (janitor.lambdaFunction ?? janitor.codeBuildProject)!);
      const queue = logicalId(stack, janitor.deadLetterQueue);
      expect(statementsOf(template, logicalId(stack, janitor.scheduleRole)).map(({ Action, Resource }) => [Action, Resource])).toEqual([
        [[action], [`${target}.Arn`]],
        [['sqs:SendMessage'], [`${queue}.Arn`]],
      ]);
    },
  );

  test('has a role that only this schedule, in this account, can take', () => {
    const { template, stack, janitor } = synthesise();
    const group = Object.keys(template.findResources('AWS::Scheduler::ScheduleGroup'))[0];
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{
          Action: 'sts:AssumeRole',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [group, 'Arn'] } },
          },
        }],
      },
    });
    template.hasResource('AWS::Scheduler::Schedule', { DependsOn: Match.arrayWith([group, logicalId(stack, janitor.scheduleRole)]) });
    template.hasResource('AWS::Scheduler::ScheduleGroup', { DeletionPolicy: 'Delete' });
  });
});

describe('the record bucket', () => {
  test('is private, encrypted, versioned, for TLS only, kept with the stack gone, and forgets after 400 days', () => {
    const { template } = synthesise();
    template.hasResource('AWS::S3::Bucket', {
      Properties: {
        BucketName: Match.absent(),
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        VersioningConfiguration: { Status: 'Enabled' },
        LifecycleConfiguration: {
          Rules: [{ ExpirationInDays: 400, NoncurrentVersionExpiration: { NoncurrentDays: 30 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' }],
        },
      },
      DeletionPolicy: 'Retain',
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] },
    });
  });

  test('can be kept shorter, and go with the stack', () => {
    const { template } = synthesise({ recordRetention: Duration.days(90), removalPolicy: RemovalPolicy.DESTROY });
    template.hasResource('AWS::S3::Bucket', { Properties: { LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 90 })] } }, DeletionPolicy: 'Delete' });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('can be one of your own, with a key of your own', () => {
    const { template, stack, janitor } = synthesise((scope) => ({
      recordBucket: new s3.Bucket(scope, 'Own', { encryptionKey: new kms.Key(scope, 'Key'), encryption: s3.BucketEncryption.KMS }),
    }));
    template.resourceCountIs('AWS::S3::Bucket', 1);
    expect(settingsOf(template).record?.bucket).toBe(logicalId(stack, janitor.recordBucket));
    const actions = statementsOf(template, logicalId(stack, janitor.role)).flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['s3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey*']));
  });
});

describe('the log group', () => {
  test('keeps output for six months', () => {
    synthesise().template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 180 }, DeletionPolicy: 'Retain' });
    synthesise({ logRetention: logs.RetentionDays.ONE_WEEK }).template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('can be one of your own', () => {
    const { template, janitor } = synthesise((scope) => ({ logGroup: new logs.LogGroup(scope, 'Own') }));
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    expect(janitor.logGroup.node.path).toBe('Stack/Own');
  });
});

describe('to others', () => {
  test.each([['Runner.lambda()', Runner.lambda(), 'lambda:InvokeFunction'], ['Runner.codeBuild()', Runner.codeBuild(), 'codebuild:StartBuild']])(
    'grantRun lets someone start a run: %s', (_name, runner, action) => {
      const { stack, janitor } = synthesise({ runner });
      const grantee = new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
      expect(janitor.grantRun(grantee).success).toBe(true);
      const actions = statementsOf(Template.fromStack(stack), logicalId(stack, grantee)).flatMap(({ Action }) => Action);
      expect(actions).toEqual([action]);
    },
  );

  test('the janitor is a grantee: what is granted to it goes to the engine', () => {
    const { stack, janitor } = synthesise();
    new s3.Bucket(stack, 'Reports').grantPut(janitor);
    const statements = statementsOf(Template.fromStack(stack), logicalId(stack, janitor.role));
    expect(statements.some(({ Resource }) => Resource.some((resource) => resource.startsWith('Reports')))).toBe(true);
  });

  test('the metrics are those that the engine writes, by janitor', () => {
    const { janitor } = synthesise();
    const metrics = [
      janitor.metricRuns(), janitor.metricRetiredImages(), janitor.metricReclaimedBytes(), janitor.metricHeldImages(), janitor.metricFailures(),
    ];
    expect(metrics.map(({ metricName }) => metricName)).toEqual(Object.values(METRICS));
    for (const metric of metrics) {
      expect(metric).toMatchObject({ namespace: 'CdkImageJanitor', dimensions: { Janitor: 'Stack/ImageJanitor' }, statistic: 'Sum' });
    }
    expect(janitor.metric('Runs', { statistic: 'Maximum', period: Duration.days(7) })).toMatchObject({ statistic: 'Maximum', period: Duration.days(7) });
  });

  test('a janitor is called by the same name in its settings and in its metrics', () => {
    const { template, janitor } = synthesise();
    expect(janitor.metricRuns().dimensions).toEqual({ Janitor: settingsOf(template).name });
  });
});

describe('wherever it is', () => {
  const environments: [string, Environment | undefined][] = [
    ['no environment', undefined],
    ['Europe', { account: '111111111111', region: 'eu-west-1' }],
    ['GovCloud', { account: '111111111111', region: 'us-gov-west-1' }],
    ['China', { account: '111111111111', region: 'cn-north-1' }],
  ];
  test.each(environments)('no account, region or partition is spelt out: %s', (_name, env) => {
    for (const runner of [Runner.lambda(), Runner.codeBuild()]) {
      const { template, stack } = synthesise({ runner, mode: JanitorMode.ENFORCE }, env);
      const text = JSON.stringify(template.findResources('AWS::IAM::Policy')) + JSON.stringify(template.findResources('AWS::IAM::Role'));
      expect(text).not.toMatch(/arn:aws/);
      expect(text).not.toMatch(/amazonaws\.com\.cn/);
      expect(warningsOf(stack)).toEqual([]);
    }
  });

  test('two in one stack have nothing in common', () => {
    const stack = new Stack(new App(), 'Stack');
    new ImageJanitor(stack, 'One', { containerImages: [RULE] });
    const alone = Object.keys(Template.fromStack(stack).toJSON().Resources).length;
    const both = new Stack(new App(), 'Stack');
    new ImageJanitor(both, 'One', { containerImages: [RULE] });
    new ImageJanitor(both, 'Two', { containerImages: [RULE], runner: Runner.lambda() });
    const template = Template.fromStack(both);
    expect(Object.keys(template.toJSON().Resources)).toHaveLength(2 * alone);
    const names = Object.values(template.findResources('AWS::Scheduler::ScheduleGroup')).map((group) => group.Properties.Name);
    expect(new Set(names).size).toBe(2);
  });

  test('two stacks have nothing in common', () => {
    const app = new App();
    const templates = ['One', 'Two'].map((id) => {
      const stack = new Stack(app, id);
      new ImageJanitor(stack, 'ImageJanitor', { containerImages: [RULE] });
      return stack;
    }).map((stack) => Template.fromStack(stack));
    const names = templates.map((template) => Object.values(template.findResources('AWS::Scheduler::ScheduleGroup'))[0].Properties.Name);
    expect(new Set(names).size).toBe(2);
    for (const template of templates) expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue');
  });

  test('every child is in the janitor\'s own tree', () => {
    const { stack } = synthesise();
    const children = stack.node.children.map(({ node }) => node.id);
    expect(children.filter((id) => !['BootstrapVersion', 'CheckBootstrapVersion'].includes(id))).toEqual(['ImageJanitor']);
  });

  test('aspects see every resource', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    new ImageJanitor(stack, 'ImageJanitor', { containerImages: [RULE] });
    const types: string[] = [];
    Aspects.of(app).add({ visit: (node) => { if (node instanceof CfnResource) types.push(node.cfnResourceType); } });
    Template.fromStack(stack);
    expect(types).toEqual(expect.arrayContaining(['AWS::Lambda::Function', 'AWS::Scheduler::Schedule', 'AWS::AppConfig::HostedConfigurationVersion']));
  });
});
