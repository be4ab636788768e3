import { runSimulation } from '@cloud-copilot/iam-simulate';
import { App, Aspects, CfnResource, Duration, Environment, NestedStack, RemovalPolicy, Stack, TimeZone, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { logicalId, RULE, settingsOf, statementsOf, synthesise, warningsOf } from './synth';
import { ImageJanitor, ImageJanitorProps, JanitorMode, Runner, UsageSource } from '../src';
import { ACKNOWLEDGE_VARIABLE, METRICS } from '../src/contract/settings';
import { parseSettings } from '../src/engine/settings';

test('reports and changes nothing unless told otherwise', () => {
  const { template } = synthesise();
  expect(settingsOf(template)).toMatchObject({ mode: 'REPORT_ONLY', guards: { maxRetirePercent: 50, maxRetireCount: 1000, safetyAge: 'P1D' } });
});

test('limits, safety age and an acknowledged plan reach the engine', () => {
  const { template } = synthesise({ mode: JanitorMode.ENFORCE, maxRetirePercent: 95, maxRetireCount: 5, safetyAge: Duration.days(3), acknowledgePlan: '0123456789abcdef' });
  expect(settingsOf(template)).toMatchObject({
    mode: 'ENFORCE', guards: { maxRetirePercent: 95, maxRetireCount: 5, safetyAge: 'P3D', acknowledgePlan: '0123456789abcdef' },
  });
});

test.each<[string, Partial<ImageJanitorProps>, string]>([
  ['no rules', { containerImages: undefined }, 'containerImages is empty'],
  ['no percent', { maxRetirePercent: 0 }, 'maxRetirePercent is 0: expected an integer from 1 to 100'],
  ['more than all', { maxRetirePercent: 101 }, 'maxRetirePercent is 101: expected an integer from 1 to 100'],
  ['no image', { maxRetireCount: 0 }, 'maxRetireCount is 0: expected an integer of at least 1'],
  ['more images than can be counted', { maxRetireCount: 2 ** 53 }, 'maxRetireCount is 9007199254740992: expected an integer of at least 1'],
  ['an empty hash', { acknowledgePlan: '' }, "acknowledgePlan is '': expected the 16 characters, each one of 0-9 and a-f, that a report shows as planHash"],
  ['a hash in capitals', { acknowledgePlan: '0123456789ABCDEF' }, "acknowledgePlan is '0123456789ABCDEF': expected the 16 characters"],
  ['a safety age of more than 100 years', { safetyAge: Duration.days(36501) }, 'safetyAge is 36501 days: expected at most 36500 days (100 years)'],
  ['a window of more than a day', { flexibleWindow: Duration.hours(25) }, 'flexibleWindow is 1 day 1 hour: expected whole minutes from 1 minute to 1 day, or 0 for at once'],
  ['a window of half a minute', { flexibleWindow: Duration.seconds(30) }, 'flexibleWindow is 30 seconds: expected whole minutes'],
  ['a window of a minute and a half', { flexibleWindow: Duration.seconds(90) }, 'flexibleWindow is 1 minute 30 seconds: expected whole minutes'],
  ['a window that is known at deploy only', { flexibleWindow: Duration.minutes(Token.asNumber({ Ref: 'Window' })) }, 'flexibleWindow is known at deploy only: expected whole minutes from 1 minute to 1 day, or 0 for at once'],
  ['a record that is kept for hours', { recordRetention: Duration.hours(12) }, 'recordRetention is 12 hours: expected whole days from 1 day to 36500 days'],
  ['a record that is kept for a day and a half', { recordRetention: Duration.hours(36) }, 'recordRetention is 1 day 12 hours: expected whole days'],
  ['a mode that is none', { mode: 'enforce' as JanitorMode }, "mode is 'enforce': expected JanitorMode.REPORT_ONLY or JanitorMode.ENFORCE"],
  ['a mode that is known at deploy only', { mode: Token.asString({ Ref: 'Mode' }) as JanitorMode }, 'mode is known at deploy only: expected JanitorMode.REPORT_ONLY or JanitorMode.ENFORCE'],
  ['rules that are no list', { containerImages: RULE as any }, 'containerImages is no array: expected a list of rules'],
  ['sources that are no list', { usage: UsageSource.ecs() as any }, 'usage is no array: expected a list of UsageSource'],
  ['a source that is none', { usage: [undefined as any] }, 'usage[0] is undefined: expected a UsageSource'],
  ['who is told in no list', { notify: {} as any }, 'notify is no array: expected a list of SNS topics and Slack channels'],
  ['nobody to be told', { notify: [undefined as any] }, 'notify[0] is undefined: expected an SNS topic or a Slack channel'],
  ['a number for a duration', { safetyAge: 7 as any }, 'safetyAge is 7: expected a Duration'],
  ['a number for a window', { flexibleWindow: 7 as any }, 'flexibleWindow is 7: expected a Duration'],
])('refuses %s', (_what, props, message) => {
  expect(() => synthesise(props)).toThrow(message);
});

test('refuses to be made without props', () => {
  expect(() => new (ImageJanitor as any)(new Stack(), 'ImageJanitor')).toThrow('an ImageJanitor takes props: give at least containerImages');
});

test('warns about a safety age of nothing, as an image may then go while it is being deployed', () => {
  expect(warningsOf(synthesise({ safetyAge: Duration.days(0) }).stack)).toEqual([expect.stringContaining('image-janitor:noSafetyAge')]);
  expect(warningsOf(synthesise({ safetyAge: Duration.minutes(1) }).stack)).toEqual([]);
});

describe('one of several janitors', () => {
  const two = (build: (stack: Stack) => ImageJanitor): [ImageJanitor, ImageJanitor] => {
    const [dev, prod] = ['app-dev', 'app-prod'].map((stackName) => build(new Stack(new App(), 'Main', { stackName })));
    return [dev, prod];
  };

  test('is called by its stack\'s name: two deployments of one app share no metric', () => {
    const janitors = two((stack) => new ImageJanitor(stack, 'ImageJanitor', { containerImages: [RULE] }));
    expect(janitors.map((janitor) => janitor.metricRuns().dimensions)).toEqual([{ Janitor: 'app-dev/ImageJanitor' }, { Janitor: 'app-prod/ImageJanitor' }]);
    const prod = Template.fromStack(Stack.of(janitors[1]));
    expect(settingsOf(prod).name).toBe('app-prod/ImageJanitor');
    prod.hasResource('AWS::AppConfig::HostedConfigurationVersion', { Metadata: { 'cdk-image-janitor:settings': { construct: 'Main/ImageJanitor' } } });
  });

  test('is called by its path where only a deployment knows the stack\'s name', () => {
    const nested = new NestedStack(new Stack(new App(), 'Main'), 'Nested');
    expect(new ImageJanitor(nested, 'ImageJanitor', { containerImages: [RULE] }).metricRuns().dimensions).toEqual({ Janitor: 'Main/Nested/ImageJanitor' });
  });

  test('has a place of its own in a bucket that it shares, by account, region, stack and construct', () => {
    const prefixes = two((stack) => new ImageJanitor(new Construct(stack, 'a*?${b}'), 'ImageJanitor', {
      containerImages: [RULE], recordBucket: s3.Bucket.fromBucketName(stack, 'Shared', 'shared'),
    })).map((janitor) => {
      const template = Template.fromStack(Stack.of(janitor));
      const prefix = settingsOf(template).record!.prefix!;
      const objects = statementsOf(template, logicalId(Stack.of(janitor), janitor.role)).find(({ Action }) => Action.includes('s3:PutObject'));
      expect(objects?.Resource).toEqual([`arn:AWS::Partition:s3:::shared/${prefix}/*`]);
      expect(prefix).toMatch(/^[\w/:.-]+$/);
      return prefix;
    });
    expect(prefixes).toEqual([
      expect.stringMatching(/^AWS::AccountId\/AWS::Region\/app-dev\/\w+ImageJanitor\w+$/), expect.stringMatching(/^AWS::AccountId\/AWS::Region\/app-prod\/\w+ImageJanitor\w+$/),
    ]);
    for (const prefix of prefixes) expect(() => parseSettings(JSON.stringify({ version: 1, containerImages: [], record: { bucket: 'shared', prefix } }), 'test')).not.toThrow();
  });
});

describe('the engine\'s own pulls', () => {
  const TYPE = 'AWS::ECR::PullTimeUpdateExclusion';

  test.each([[undefined], ['eu-west-1'], ['us-gov-west-1'], ['cn-north-1']])('leave no trace in an image\'s last pull time, in region %s', (region) => {
    const { template, stack, janitor } = synthesise({}, region ? { region } : undefined);
    template.hasResourceProperties(TYPE, { PrincipalArn: stack.resolve(janitor.role.roleArn) });
    expect(janitor.pullTimeExclusion).toBeDefined();
  });

  test.each<[string, (stack: Stack) => Partial<ImageJanitorProps>, string | undefined]>([
    ['a role that others may have excluded already', (stack) => ({ runner: Runner.lambda({ role: new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }) }) }), undefined],
    ['a partition that is not known to have exclusions', () => ({}), 'us-iso-east-1'],
    ['a prop that says so', () => ({ excludeFromPullTimes: false }), undefined],
  ])('are not excluded with %s', (_what, props, region) => {
    const { template, janitor } = synthesise(props, region ? { region } : undefined);
    template.resourceCountIs(TYPE, 0);
    expect(janitor.pullTimeExclusion).toBeUndefined();
  });

  test('are excluded with a role of your own when you say so', () => {
    const { template } = synthesise((stack) => ({ excludeFromPullTimes: true, runner: Runner.lambda({ role: iam.Role.fromRoleName(stack, 'Own', 'own') }) }));
    template.resourceCountIs(TYPE, 1);
  });
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

  test.each([
    ['the buildspec', { 'codebuild:source.buildspec': 'version: 0.2' }],
    ['the source', { 'codebuild:source.location': 'other/engine.zip' }],
    ['the image', { 'codebuild:environment.image': 'evil' }],
    ['the role', { 'codebuild:serviceRole': 'arn:aws:iam::111111111111:role/admin' }],
    ['a variable that Node obeys', { 'codebuild:environment.environmentVariables.name': ['NODE_OPTIONS'] }],
    ['such a variable beside the one that is allowed', { 'codebuild:environment.environmentVariables.name': [ACKNOWLEDGE_VARIABLE, 'NODE_OPTIONS'] }],
  ])('who may start a build may not replace %s', async (_what, context) => {
    expect(await startBuild(context)).toBe('ImplicitlyDenied');
  });

  test.each([['as it is', {}], ['with a plan acknowledged', { 'codebuild:environment.environmentVariables.name': [ACKNOWLEDGE_VARIABLE] }]])('who may start a build may start it %s', async (_how, context) => {
    expect(await startBuild(context)).toBe('Allowed');
  });

  async function startBuild(contextVariables: Record<string, string | string[]>): Promise<string> {
    const { stack, janitor } = synthesise({ runner: Runner.codeBuild() });
    const grantee = new iam.Role(stack, 'Grantee', { assumedBy: new iam.AccountRootPrincipal() });
    janitor.grantRun(grantee);
    const project = 'arn:aws:codebuild:eu-west-1:111111111111:project/janitor';
    const statements = statementsOf(Template.fromStack(stack), logicalId(stack, grantee)).map((statement) => ({ ...statement, Resource: project }));
    const result: any = await runSimulation({
      request: { action: 'codebuild:StartBuild', resource: { resource: project, accountId: '111111111111' }, principal: 'arn:aws:iam::111111111111:role/grantee', contextVariables },
      identityPolicies: [{ name: 'grantee', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    }, {});
    return result.overallResult ?? JSON.stringify(result.errors);
  }

  test.each<[string, (stack: Stack) => iam.IGrantable]>([
    ['a service', () => new iam.ServicePrincipal('events.amazonaws.com')],
    ['an account', () => new iam.AccountPrincipal('222222222222')],
    ['a role of another account', (stack) => iam.Role.fromRoleArn(stack, 'Other', 'arn:aws:iam::222222222222:role/other')],
  ])('grantRun refuses what it cannot grant: %s and a build', (_what, grantee) => {
    const { stack, janitor } = synthesise({ runner: Runner.codeBuild() }, { account: '111111111111', region: 'eu-west-1' });
    expect(() => janitor.grantRun(grantee(stack))).toThrow('cannot be granted codebuild:StartBuild, as a build project has no policy of its own: grant it to a role of this account');
  });

  test('grantRun lets a service invoke the function', () => {
    const synthesised = synthesise();
    synthesised.janitor.grantRun(new iam.ServicePrincipal('events.amazonaws.com'));
    synthesised.template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com' });
  });

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
