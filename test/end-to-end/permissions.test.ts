/** The deployed janitor: what the synthesised role allows is what a run needs, and what runs is the synthesised bundle. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { BusyAccount, undisturbed } from './world';
import { ImageJanitor, JanitorMode, Runner } from '../../src';
import { findOperation, OPERATIONS } from '../../src/contract/operations';
import type { Report } from '../../src/contract/report';
import { SETTINGS_VARIABLE } from '../../src/contract/settings';
import { createClients } from '../../src/engine/aws/clients';
import { toProblem } from '../../src/engine/aws/problems';
import { loadSettings } from '../../src/engine/main/settings-source';
import { s3Record } from '../../src/engine/record';
import { run } from '../../src/engine/run';
import { deployTemplate, type Credentials, type DeployedStack, type LocalAws, type PolicyDocument } from '../../src/local-aws';
import { invokeFunction } from '../../src/local-aws/invoke';

jest.setTimeout(60_000);

type Undisturbed = Awaited<ReturnType<typeof undisturbed>>;
let clean: Undisturbed;
beforeAll(async () => { clean = await undisturbed(); });

const environment = { ...process.env };
let folder: string;
let busy: BusyAccount;
let aws: LocalAws;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  busy = await BusyAccount.start();
  aws = busy.account.aws;
});
afterEach(async () => {
  await busy.stop();
  process.env = { ...environment };
  rmSync(folder, { recursive: true });
});

interface Options {
  readonly mode?: JanitorMode;
  readonly runner?: Runner;
  readonly repositories?: string[];
}

function deploy({ mode = JanitorMode.ENFORCE, runner = Runner.lambda(), repositories = ['web', 'nested'] }: Options = {}): DeployedStack {
  const app = new App({ outdir: folder });
  new ImageJanitor(new Stack(app, 'Demo'), 'ImageJanitor', {
    mode,
    runner,
    maxRetirePercent: 100,
    containerImages: [{ repositories, expireAfter: Duration.days(14), keepLatest: 1, keepTags: ['stable'], expireUntaggedAfter: Duration.days(365) }],
  });
  return deployTemplate(aws, app.synth().getStackByName('Demo').template, { stackName: 'Demo', assemblyDirectory: folder });
}

/** What the runner does, in this process: settings from AppConfig, record in the bucket, all by these credentials. */
async function runAs(credentials: Credentials, source: string): Promise<Report> {
  process.env = { ...environment, ...aws.environmentFor(credentials) };
  const clients = await createClients({ rateShare: 1000, maxAttempts: 1 });
  try {
    const settings = await loadSettings(source, async () => clients, folder);
    return await run({ settings, clients, record: s3Record(clients.s3, settings.record!.bucket, settings.record!.prefix) });
  } finally {
    clients.destroy();
  }
}

function lambdaOf(stack: DeployedStack) {
  const deployed = stack.lambdaFunctions[0]!;
  return { ...deployed, role: deployed.role!, source: deployed.environment[SETTINGS_VARIABLE]! };
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
}

function statementsOf(policy: PolicyDocument): Statement[] {
  return [policy.Statement].flat() as Statement[];
}

/** What lets the runner itself run and write its log is none of the engine's. */
function engineActions(policies: readonly PolicyDocument[]): string[] {
  const actions = policies.flatMap((policy) => statementsOf(policy).flatMap(({ Action }) => [Action].flat()));
  return [...new Set(actions)].filter((action) => !/^(logs|xray|kms|sqs):/.test(action)).sort();
}

function without(policies: readonly PolicyDocument[], action: string): PolicyDocument[] {
  return policies.map((policy) => ({
    ...policy,
    Statement: statementsOf(policy)
      .map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((each) => each !== action) }))
      .filter(({ Action }) => Action.length > 0),
  }));
}

function denials(): string[] {
  return [...aws.calls].filter(({ error }) => error?.startsWith('AccessDenied')).map(({ service, operation }) => `${service} ${operation}`);
}

describe('the role of a janitor that enforces', () => {
  test.each([
    ['aws', 'us-east-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])('in partition %s allows a whole run, and no call is denied', async (partition, region) => {
    await busy.stop();
    busy = await BusyAccount.start({ partition, region });
    aws = busy.account.aws;
    expect(aws.authorization).toBe('simulated');
    const { role, source } = lambdaOf(deploy());
    const report = await runAs(role.credentials(), source);
    expect(report.run).toMatchObject({ status: 'COMPLETE', messages: [], partition, region });
    expect(report.run.counts.deleted).toBe(clean.before.length - clean.after.length);
    expect(busy.lost()).toEqual([]);
    expect(denials()).toEqual([]);
  });

  test('allows nothing that a run does not use', async () => {
    const { role, source } = lambdaOf(deploy());
    await runAs(role.credentials(), source);
    const used = new Set([...aws.calls].map(({ service, operation }) => findOperation(service, operation)!.action));
    const unused = engineActions(role.policies).filter((action) => !used.has(action));
    // No call asks for it alone: it makes the difference between an object that is not there and one that may not be read.
    expect(unused).toEqual(['s3:ListBucket']);
    expect([...aws.calls].some(({ operation, error }) => operation === 'GetObject' && error === 'NoSuchKey')).toBe(true);
  });

  test('without any one of its actions nothing is deleted, and the missing action is named', async () => {
    const { role, source } = lambdaOf(deploy());
    const actions = engineActions(role.policies);
    expect(actions).toHaveLength(OPERATIONS.filter(({ action }) => action !== undefined).length);
    for (const action of actions) {
      // Each is the janitor's first run: later ones find their lock and journal, and need not be told that there are none.
      for (const { objects } of aws.s3.all.values()) objects.clear();
      const credentials = aws.credentialsFor({ roleName: 'narrowed', policies: without(role.policies, action) });
      const told = await runAs(credentials, source).then(
        ({ run: { status, messages } }) => ({ status, messages }),
        // The settings are read before there is a report that could say anything.
        (thrown: unknown) => ({ status: 'FAILED', messages: [toProblem(thrown)] }),
      );
      expect({ action, ...told }).toMatchObject({ action, status: expect.stringMatching(/^(FAILED|INCOMPLETE)$/) });
      expect(told.messages).toContainEqual(expect.objectContaining({ text: expect.stringContaining(action), fix: expect.stringContaining(action) }));
      expect({ action, images: busy.images() }).toEqual({ action, images: clean.before });
    }
  });

  test('reaches no other repository, no other region and no other account', async () => {
    const { digest } = aws.ecr.pushImage('example-a');
    aws.at('999988887777').ecr.pushImage('example-a', { content: 'theirs' });
    aws.at(aws.account, 'eu-west-1').ecr.pushImage('example-a', { content: 'elsewhere' });
    const { role } = lambdaOf(deploy({ repositories: ['example-*'] }));
    const remove = async (repositoryName: string, more: { region?: string; registryId?: string } = {}) => {
      const credentials = role.credentials();
      const client = new ECRClient({ endpoint: aws.endpoint, region: more.region ?? aws.regionName, credentials, maxAttempts: 1 });
      const command = new BatchDeleteImageCommand({ repositoryName, registryId: more.registryId, imageIds: [{ imageDigest: digest }] });
      return client.send(command).finally(() => client.destroy());
    };
    const denied = { name: 'AccessDeniedException', message: expect.stringContaining('ecr:BatchDeleteImage') };
    await expect(remove('web')).rejects.toMatchObject(denied);
    await expect(remove('my-example-a')).rejects.toMatchObject(denied);
    await expect(remove('example-a', { region: 'eu-west-1' })).rejects.toMatchObject(denied);
    await expect(remove('example-a', { registryId: '999988887777' })).rejects.toMatchObject(denied);
    await expect(remove('example-a')).resolves.toMatchObject({ failures: [] });
    expect(busy.images().filter((id) => !id.startsWith('example-a@'))).toEqual(clean.before);
  });
});

test('the role of a janitor that only reports has no action that changes anything, and its run is complete', async () => {
  const { role, source } = lambdaOf(deploy({ mode: JanitorMode.REPORT_ONLY }));
  const mutating = new Set(OPERATIONS.filter(({ mutates }) => mutates).map(({ action }) => action));
  const reading = OPERATIONS.filter(({ action, mutates }) => action !== undefined && !mutates).map(({ action }) => action!);
  expect(engineActions(role.policies).filter((action) => mutating.has(action))).toEqual([]);
  expect(engineActions(role.policies)).toEqual(reading.sort());
  const { run: ended } = await runAs(role.credentials(), source);
  expect(ended).toMatchObject({ mode: 'REPORT_ONLY', status: 'COMPLETE' });
  expect(ended.counts.delete).toBe(clean.before.length - clean.after.length);
  expect(denials()).toEqual([]);
  expect(busy.images()).toEqual(clean.before);
});

/** The reports in the record bucket. */
function reports(stack: DeployedStack): Report[] {
  const { physicalId: bucket } = Object.values(stack.resources).find(({ type }) => type === 'AWS::S3::Bucket')!;
  return aws.s3.keys(bucket).filter((key) => key.endsWith('/report.json')).map((key) => JSON.parse(aws.s3.text(bucket, key)!));
}

describe('the deployed function', () => {
  const invoke = (stack: DeployedStack, event?: unknown) => {
    const { assetPath, handler, timeoutSeconds, environment: variables, role } = lambdaOf(stack);
    const variablesOfAws = aws.environmentFor(role.credentials());
    return invokeFunction({ codePath: assetPath!, handler: handler!, timeoutSeconds, environment: { ...variables, ...variablesOfAws }, event });
  };

  test('reads the settings of its deployment, deletes what they say, and writes its report to the record bucket', async () => {
    const stack = deploy();
    const { payload, error } = await invoke(stack);
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({ mode: 'ENFORCE', status: 'COMPLETE', counts: { deleted: clean.before.length - clean.after.length } });
    expect(reports(stack)).toMatchObject([{ run: { status: 'COMPLETE', janitor: 'Demo/ImageJanitor', messages: [] } }]);
    expect(busy.images()).toEqual(clean.after);
    expect(busy.lost()).toEqual([]);
    expect(denials()).toEqual([]);
    expect([...aws.calls].every(({ userAgent }) => userAgent.includes('cdk-image-janitor/'))).toBe(true);
  });

  test('goes by the version that was deployed with it: an older one still only reports', async () => {
    const before = deploy({ mode: JanitorMode.REPORT_ONLY });
    const after = deploy();
    expect((await invoke({ ...after, lambdaFunctions: before.lambdaFunctions })).payload).toMatchObject({ mode: 'REPORT_ONLY', counts: { deleted: 0 } });
    expect(busy.images()).toEqual(clean.before);
    expect((await invoke(after, { mode: 'REPORT_ONLY' })).payload).toMatchObject({ mode: 'REPORT_ONLY', counts: { deleted: 0 } });
    expect((await invoke(after)).payload).toMatchObject({ mode: 'ENFORCE', status: 'COMPLETE' });
    expect(busy.images()).toEqual(clean.after);
  });

  test('fails by a name that says how, and the message says what to do', async () => {
    const stack = deploy();
    aws.faults.inject({ service: 'ECS', operation: 'ListTasks', kind: 'access-denied', times: Infinity });
    const { payload, error } = await invoke(stack);
    expect(payload).toBeUndefined();
    expect(error).toEqual({ name: 'ImageJanitorIncomplete', message: expect.stringContaining('allow ecs:ListTasks in the runner\'s role') });
    expect(reports(stack)).toMatchObject([{ run: { status: 'INCOMPLETE', exitStatus: 3 } }]);
    expect(busy.images()).toEqual(clean.before);
  });
});

/** As CodeBuild does: the source unpacked, one shell for the command. The embedded AWS answers from this process, so nothing may block. */
function start({ command, cwd, env }: { command: string; cwd: string; env: NodeJS.ProcessEnv }): Promise<{ status: number | null; output: string }> {
  const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

describe('the deployed CodeBuild project', () => {
  const build = (stack: DeployedStack) => {
    const { assetPath, buildSpec, environment: variables, role } = stack.codeBuildProjects[0]!;
    // YAML folds a long command over several lines.
    const [, command] = /commands:\s*- (?:>-?\s*)?([\s\S]+)$/.exec(buildSpec!)!;
    return {
      command: command!.trim().replace(/^"|"$/g, '').replace(/\n\s*/g, ' '),
      cwd: assetPath!,
      env: { PATH: process.env.PATH, ...variables, ...aws.environmentFor(role!.credentials()) } as unknown as NodeJS.ProcessEnv,
    };
  };

  test('does the same by its build specification', async () => {
    const stack = deploy({ runner: Runner.codeBuild() });
    const { status, output } = await start(build(stack));
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(reports(stack)).toMatchObject([{ run: { mode: 'ENFORCE', status: 'COMPLETE', messages: [] } }]);
    expect(busy.images()).toEqual(clean.after);
    expect(busy.lost()).toEqual([]);
    expect(denials()).toEqual([]);
  });

  test('fails with the run', async () => {
    const stack = deploy({ runner: Runner.codeBuild() });
    aws.faults.inject({ service: 'Lambda', operation: 'ListFunctions', kind: 'access-denied', times: Infinity });
    const { status, output } = await start(build(stack));
    expect(status).toBe(3);
    expect(output).toContain('lambda:ListFunctions');
    expect(busy.images()).toEqual(clean.before);
  });
});
