/**
 * The main job, watched: an app is synthesised, and what came out of it (bundle, settings, role policy) is let loose on an account that
 * nobody has cleaned up for half a year.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillAccount, type DemoAccount } from './account';
import { dollars, Screen, type ScreenStream } from './screen';
import { shippedApp, synthesise, type Synthesised } from './synthesis';
import type { Report } from '../../contract/report';
import { formatBytes } from '../../contract/sizes';
import type { Json } from '../call';
import { pullEverything } from '../consumers';
import { deployTemplate, type DeployedFunction, type DeployedRole } from '../deploy';
import { invokeFunction } from '../invoke';
import { startLocalAws, type LocalAws } from '../local-aws';

export interface DemoOptions {
  /** The bundle's own folder, `assets/engine`. */
  readonly engineFolder: string;
  /** A command that synthesises the app; the package's own by default. */
  readonly app?: string;
  readonly stdout: ScreenStream;
  readonly colors: boolean;
}

/** Answers the exit status: 0 when everything in use is still there. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'image-janitor-demo-'));
  const aws = await startLocalAws();
  try {
    return await new Demo(options, new Screen(options.stdout, options.colors), aws, folder).play();
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The deployed function, with what it needs to run. */
interface Janitor extends DeployedFunction {
  readonly role: DeployedRole;
  readonly codePath: string;
}

class Demo {
  private readonly begun = performance.now();
  private failed = false;

  constructor(
    private readonly options: DemoOptions,
    private readonly screen: Screen,
    private readonly aws: LocalAws,
    private readonly folder: string,
  ) {}

  async play(): Promise<number> {
    const { screen } = this;
    screen.title('cdk-image-janitor: the demo', 'An AWS account inside this process. Nothing leaves this machine, and no credentials are used.');

    screen.heading('Synthesise the app, once as a newcomer deploys it and once with ENFORCE');
    const app = this.options.app ?? shippedApp(join(this.options.engineFolder, '..', '..'));
    const [report, enforce] = await screen.busy(`${app} …`, () => Promise.all(
      ['REPORT_ONLY', 'ENFORCE'].map((mode) => synthesise(app, join(this.folder, mode), mode)),
    )) as [Synthesised, Synthesised];
    screen.good(`${app}: a stack of ${report.resourceCount} resources in cdk.out, with the engine's bundle as its asset`);

    screen.heading('An account that nobody has cleaned up for half a year');
    const account = fillAccount(this.aws);
    this.describe(account);

    screen.heading('Deploy with the default mode, REPORT_ONLY, and let the first run report');
    const reporter = this.deploy(report);
    await this.showTable(reporter);

    screen.heading('Switch to ENFORCE, deploy, and let the schedule start a run');
    const janitor = this.deploy(enforce);
    const hash = await this.stoppedByGuard(janitor);

    screen.heading('Somebody has looked at that plan: let exactly those images go');
    const swept = await this.invoke(janitor, { acknowledgePlan: hash });
    this.summarise(swept);

    screen.heading('The next scheduled run');
    const again = await this.invoke(janitor);
    this.check(again.run.counts.delete === 0 && again.run.status === 'COMPLETE', `nothing to do: ${again.run.counts.images} images, all of them kept or held`);

    screen.heading('The proof: can everything in use still be pulled?');
    const whole = this.prove(account);
    screen.line('');
    screen.aside(`That took ${((performance.now() - this.begun) / 1000).toFixed(1)} s. Read on: README.md, or: npx cdk-image-janitor --help`);
    return whole && !this.failed ? 0 : 1;
  }

  private check(holds: boolean, text: string): void {
    if (holds) this.screen.good(text);
    else this.screen.bad(text);
    this.failed ||= !holds;
  }

  private describe({ pitfalls }: DemoAccount): void {
    const { screen, aws } = this;
    const images = [...aws.ecr.repositories.values()].flatMap((repository) => [...repository.images.values()]);
    const bytes = images.reduce((sum, image) => sum + image.ownBytes, 0);
    screen.detail(`${screen.strong(String(aws.ecr.repositories.size))} repositories with ${screen.strong(images.length.toLocaleString('en-US'))} images (${formatBytes(bytes)}), `
      + `${aws.ecs.services.all.size} ECS services in ${aws.ecs.clusters.size} clusters, ${aws.ecs.taskDefinitions.size} task definitions, ${aws.lambda.all.size} Lambda functions`);
    screen.detail('Among what is in use, and what cleaners get wrong:');
    for (const { text } of pitfalls) screen.item(text);
  }

  private deploy(synthesised: Synthesised): Janitor {
    const { screen, aws } = this;
    const deployed = deployTemplate(aws, synthesised.template as Json, { stackName: synthesised.stackName, assemblyDirectory: synthesised.folder });
    const [{ role, assetPath, ...rest }] = deployed.lambdaFunctions as [DeployedFunction];
    if (!role || !assetPath) throw new Error('the stack has no function with a role and a bundle');
    const statements = role.policies.flatMap((policy): Json[] => policy.Statement as Json[]);
    const actions = [...new Set(statements.flatMap((statement): string[] => statement.Action))];
    const mutating = actions.filter((action) => action.startsWith('ecr:') && !/^ecr:(Describe|List|Get|BatchGet)/.test(action));
    const means = aws.authorization === 'simulated' ? 'each call is checked against them' : 'they are not checked here: the simulator is not part of the package';
    screen.good(`the role allows ${actions.length} actions, ${mutating.length === 0 ? 'none of which can change an image' : `and of those that change an image only ${mutating.join(', ')}`}; ${means}`);
    return { ...rest, role, codePath: assetPath };
  }

  /** The bundle as a program, with the function's own settings and role: the table is made for a terminal. */
  private async showTable(janitor: Janitor): Promise<void> {
    const child = spawn(process.execPath, [join(janitor.codePath, 'index.js'), 'run', ...this.tableOptions(), '--max-images', '10'], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...(process.env.COLUMNS ? { COLUMNS: process.env.COLUMNS } : {}), ...this.environment(janitor) },
    });
    const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
    this.check(status === 0, `exit status ${status}; nothing was changed`);
  }

  /** Progress is for somebody who watches; in a log it would be lines between the steps. */
  private tableOptions(): string[] {
    return [...(this.options.colors ? [] : ['--no-color']), ...(this.options.stdout.isTTY ? [] : ['--quiet'])];
  }

  private async stoppedByGuard(janitor: Janitor): Promise<string> {
    const { screen } = this;
    const { run } = await this.invoke(janitor);
    const breaches = run.messages.filter(({ code }) => code.startsWith('max-retire'));
    screen.warn(`the run stopped before it began: ${breaches[0]?.text ?? run.status}`);
    screen.detail(`the first clean-up of a neglected account looks just like a mistake, so it takes a person: the plan's hash is ${screen.strong(run.planHash ?? 'unknown')}`);
    this.check(run.status === 'FAILED' && run.counts.deleted === 0, 'nothing was retired; the failure alarm would ring');
    return run.planHash ?? '';
  }

  private summarise({ run, images }: Report): void {
    const { screen } = this;
    const { counts, bytes, savings } = run;
    this.check(run.status === 'COMPLETE' && counts.deleted === counts.delete, `${counts.deleted.toLocaleString('en-US')} of ${counts.images.toLocaleString('en-US')} images retired: `
      + `${screen.strong(formatBytes(bytes.deleted))}, about ${screen.strong(dollars(savings.realisedMonthly))} a month`);
    const kept = new Map<string, number>();
    for (const image of images.filter(({ verdict }) => verdict === 'keep')) {
      for (const code of new Set(image.reasons.map((reason) => reason.code))) kept.set(code, (kept.get(code) ?? 0) + 1);
    }
    screen.detail(`kept ${counts.keep}: ${[...kept].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${count} ${code}`).join(', ')} (an image can have several reasons)`);
    if (counts.hold > 0) {
      const why = new Set(images.filter(({ verdict }) => verdict === 'hold').flatMap(({ reasons }) => reasons.map(({ text }) => text)));
      screen.detail(`held ${counts.hold}: ${[...why].slice(0, 2).join('; ')}`);
    }
    screen.aside(`${run.calls.reduce((sum, { count }) => sum + count, 0)} calls to AWS in ${run.phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0)} ms`);
  }

  /** As EventBridge Scheduler does it; answers the report that the run left in the record bucket. */
  private async invoke(janitor: Janitor, event: object = {}): Promise<Report> {
    const before = new Set(this.reports().map(({ key }) => key));
    const result = await this.screen.busy('running …', () => invokeFunction({
      codePath: janitor.codePath, handler: janitor.handler ?? 'index.handler', timeoutSeconds: janitor.timeoutSeconds, environment: this.environment(janitor), event,
    }));
    const left = this.reports().find(({ key }) => !before.has(key));
    if (!left) throw new Error(`the run left no report: ${result.error?.message ?? 'and no error either'}\n${result.log.slice(-5).join('\n')}`);
    return JSON.parse(this.aws.s3.text(left.bucket, left.key)!) as Report;
  }

  private environment(janitor: Janitor): Record<string, string> {
    return { ...janitor.environment, ...this.aws.environmentFor(janitor.role.credentials()), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  }

  private reports(): { bucket: string; key: string }[] {
    const { s3 } = this.aws;
    return [...s3.all.keys()].flatMap((bucket) => s3.keys(bucket, 'runs/').filter((key) => key.endsWith('/report.json')).map((key) => ({ bucket, key })));
  }

  private prove({ pitfalls }: DemoAccount): boolean {
    const { aws } = this;
    for (const { text, repository, digest } of pitfalls) {
      this.check(aws.ecr.repository(repository).images.has(digest), `still there: ${text}`);
    }
    const pulls = pullEverything(aws.world);
    const lost = pulls.filter(({ problem }) => problem !== undefined);
    for (const { consumer, problem } of lost) this.screen.bad(`${consumer}: ${problem}`);
    this.check(lost.length === 0, `${pulls.length - lost.length} of ${pulls.length} consumers (tasks, service revisions, function versions) can pull what they run: nothing in use was lost`);
    return lost.length === 0;
  }
}
