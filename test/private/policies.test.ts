import { runSimulation } from '@cloud-copilot/iam-simulate';
import { CfnParameter, Duration } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ContainerImageRule, ImageJanitorProps, JanitorMode, Runner, UsageService, UsageSource } from '../../src';
import { AwsOperation, OPERATIONS, RESOURCE_ARNS } from '../../src/contract/operations';
import { logicalId, statementsOf, Synthesised, synthesise, warningsOf } from '../synth';

const ENVIRONMENT = { account: '111111111111', region: 'eu-west-1' };

function engine(props: Partial<ImageJanitorProps>): Synthesised & { statements: ReturnType<typeof statementsOf>; actions: string[] } {
  const { stack, janitor, template } = synthesise(props, ENVIRONMENT);
  const statements = statementsOf(template, logicalId(stack, janitor.role as any));
  return { stack, janitor, template, statements, actions: statements.flatMap(({ Action }) => Action) };
}

const actionsOf = (...parts: string[]) => OPERATIONS.filter((row) => row.action && parts.includes(row.part)).map((row) => row.action!);
/** What the Lambda runner takes besides: to log, and to keep what it could not run. */
const LOGGING = ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];

describe('the role of the engine', () => {
  test('that only reports may change nothing', () => {
    const { actions } = engine({});
    expect(actions.sort()).toEqual([...actionsOf('settings', 'record', 'catalogue', 'usage:ecs', 'usage:lambda'), ...LOGGING].sort());
    for (const { action, mutates } of OPERATIONS) if (mutates) expect(actions).not.toContain(action);
  });

  test('that enforces may delete images, and nothing else besides', () => {
    const { actions } = engine({ mode: JanitorMode.ENFORCE });
    expect(actions.filter((action) => !engine({}).actions.includes(action))).toEqual(['ecr:BatchDeleteImage']);
  });

  test('may not read a service that is not looked at', () => {
    const { actions } = engine({ usage: [UsageSource.disabled(UsageService.ECS)] });
    expect(actions.filter((action) => action.startsWith('ecs:'))).toEqual([]);
    expect(actions).toContain('lambda:GetFunction');
  });

  test('spells no action that the table does not have', () => {
    const known = [...OPERATIONS.map((row) => row.action), ...LOGGING];
    for (const action of engine({ mode: JanitorMode.ENFORCE }).actions) expect(known).toContain(action);
  });

  test('is limited to the repositories of the rules; only listing them is not', () => {
    const { statements } = engine({
      mode: JanitorMode.ENFORCE,
      containerImages: [
        { repositories: ['example-*', 'team/web'], expireAfter: Duration.days(14) },
        { repositories: ['example-web', 'other-?'], expireAfter: Duration.days(14) },
      ],
    });
    const ecrStatements = statements.filter(({ Action }) => Action.some((action) => action.startsWith('ecr:')));
    const arn = (name: string) => `arn:AWS::Partition:ecr:eu-west-1:111111111111:repository/${name}`;
    expect(Object.fromEntries(ecrStatements.map(({ Action, Resource }) => [Action.join(' '), Resource]))).toEqual({
      'ecr:DescribeRepositories': [arn('*')],
      'ecr:DescribeImages ecr:BatchGetImage ecr:BatchDeleteImage': [arn('example-*'), arn('team/web'), arn('other-?')],
    });
  });

  test('is limited to its own record and settings', () => {
    const { statements, template } = engine({});
    const bucket = Object.keys(template.findResources('AWS::S3::Bucket'))[0];
    expect(statements.filter(({ Action }) => Action[0].startsWith('s3:')).flatMap(({ Resource }) => Resource)).toEqual([
      `arn:AWS::Partition:s3:::${bucket}/*`, `arn:AWS::Partition:s3:::${bucket}`,
    ]);
    const [application, profile] = ['Application', 'ConfigurationProfile'].map((type) => Object.keys(template.findResources(`AWS::AppConfig::${type}`))[0]);
    const arn = `arn:AWS::Partition:appconfig:eu-west-1:111111111111:application/${application}`;
    expect(statements.find(({ Action }) => Action.includes('appconfig:GetHostedConfigurationVersion'))?.Resource).toEqual([
      arn, `${arn}/configurationprofile/${profile}`, `${arn}/configurationprofile/${profile}/hostedconfigurationversion/*`,
    ]);
  });
});

describe('by IAM\'s own rules', () => {
  const props: Partial<ImageJanitorProps> = { mode: JanitorMode.ENFORCE, containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(14) }] };

  /** Simulates one call against the synthesised statements. */
  async function simulate(statements: readonly any[], action: string, resource: string): Promise<string> {
    const text = JSON.stringify(statements).replaceAll('AWS::Partition', 'aws');
    const result = await runSimulation({
      request: { action, resource: { resource, accountId: '111111111111' }, principal: 'arn:aws:iam::111111111111:role/engine', contextVariables: {} },
      identityPolicies: [{ name: 'engine', policy: { Version: '2012-10-17', Statement: JSON.parse(text) } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    }, {});
    return (result as any).overallResult ?? JSON.stringify((result as any).errors);
  }

  function arnOf(row: AwsOperation, name: string): string {
    const values: Record<string, string> = { partition: 'aws', region: 'eu-west-1', account: '111111111111', name };
    return RESOURCE_ARNS[row.resource].replace(/\{(\w+)\}/g, (_whole, key: string) => values[key]!);
  }

  test.each(OPERATIONS.filter((row) => row.action && ['catalogue', 'usage:ecs', 'usage:lambda', 'sweep:container-images'].includes(row.part)))(
    '$action is allowed in scope', async (row) => {
      const names: Record<string, string> = { 'lambda-function': 'web', 'ecr-repository': 'example-web', 'ecs-task': 'cluster/1', 'ecs-service': 'cluster/web' };
      expect(await simulate(engine(props).statements, row.action!, arnOf(row, names[row.resource] ?? 'cluster/web/1'))).toBe('Allowed');
    },
  );

  test.each(['ecr:BatchDeleteImage', 'ecr:BatchGetImage', 'ecr:DescribeImages'])('%s is denied on a repository that no rule names', async (action) => {
    expect(await simulate(engine(props).statements, action, 'arn:aws:ecr:eu-west-1:111111111111:repository/other')).toBe('ImplicitlyDenied');
  });

  test('deleting is denied to a janitor that only reports', async () => {
    const { statements } = engine({ ...props, mode: JanitorMode.REPORT_ONLY });
    expect(await simulate(statements, 'ecr:BatchDeleteImage', 'arn:aws:ecr:eu-west-1:111111111111:repository/example-web')).toBe('ImplicitlyDenied');
  });
});

describe('with many rules', () => {
  const many = (count: number): ContainerImageRule[] => Array.from({ length: count }, (_each, index) => (
    { repositories: [`team-${index}/service-with-a-name`], expireAfter: Duration.days(14) }
  ));

  test('every policy is within the limits of IAM, and still names each repository', () => {
    const { statements, template, stack } = engine({ mode: JanitorMode.ENFORCE, containerImages: many(200) });
    const policies = { ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::ManagedPolicy') };
    const managed = Object.values(policies).filter((policy) => policy.Type === 'AWS::IAM::ManagedPolicy');
    expect(managed.length).toBeGreaterThan(0);
    expect(managed.length).toBeLessThanOrEqual(10);
    for (const policy of Object.values(policies)) {
      const size = JSON.stringify(policy.Properties.PolicyDocument).replace(/\{"Fn::Join":\["",\["([^"]*)",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"$1aws-us-gov$2"').length;
      expect(size).toBeLessThanOrEqual(policy.Type === 'AWS::IAM::ManagedPolicy' ? 6144 : 10_240);
    }
    const deletable = statements.filter(({ Action }) => Action.includes('ecr:BatchDeleteImage')).flatMap(({ Resource }) => Resource);
    expect(new Set(deletable).size).toBe(200);
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each([10, 40, 80, 200])('the one policy of an imported role stays within the limit of IAM: %i rules', (count) => {
    for (const make of [Runner.lambda, Runner.codeBuild]) {
      const { template } = synthesise((stack) => ({
        mode: JanitorMode.ENFORCE, containerImages: many(count), runner: make({ role: iam.Role.fromRoleName(stack, 'Imported', 'imported') }),
      }), { account: '111111111111', region: 'ap-northeast-1' });
      for (const policy of Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles: ['imported'] } }))) {
        const size = JSON.stringify(policy.Properties.PolicyDocument).replace(/\{"Fn::Join":\["",\["([^"]*)",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"$1aws-us-gov$2"').length;
        expect(size).toBeLessThan(10_240);
      }
    }
  });

  test('an imported role that has no room for the repositories is widened, with a warning', () => {
    const imported = (count: number) => synthesise((stack) => ({ containerImages: many(count), runner: Runner.lambda({ role: iam.Role.fromRoleName(stack, 'Imported', 'imported') }) })).stack;
    expect(warningsOf(imported(20))).toEqual([]);
    expect(warningsOf(imported(200))).toEqual([expect.stringContaining('image-janitor:wideRepositoryAccess')]);
  });

  test('more than policies have room for widens the role, with a warning', () => {
    const { statements, stack } = engine({ containerImages: many(600) });
    expect(statements.find(({ Action }) => Action.includes('ecr:DescribeImages'))?.Resource).toEqual(['arn:AWS::Partition:ecr:eu-west-1:111111111111:repository/*']);
    expect(warningsOf(stack)).toEqual([expect.stringContaining('image-janitor:wideRepositoryAccess')]);
  });
});

test('a repository whose name is known at deploy only is named by reference', () => {
  const { template, stack, janitor } = synthesise((scope) => ({
    containerImages: [
      { ecrRepositories: [new ecr.Repository(scope, 'Repository')], expireAfter: Duration.days(14) },
      { repositories: [`team/${new CfnParameter(scope, 'Name').valueAsString}-*`], expireAfter: Duration.days(14) },
    ],
  }));
  const statement = statementsOf(template, logicalId(stack, janitor.role as any)).find(({ Action }) => Action.includes('ecr:DescribeImages'))!;
  expect(statement.Resource.map((resource) => resource.split(':repository/')[1])).toEqual([expect.stringMatching(/^Repository/), 'team/Name-*']);
});
