/** A small account for the usage sources, and the way to read it. */
import { AwsStub, awsError, type Input } from './aws-stub';
import { OPERATIONS } from '../../../src/contract/operations';
import { DEFAULTS, SETTINGS_VERSION, type EcsUsageSettings, type LambdaUsageSettings, type Settings } from '../../../src/contract/settings';
import type { SourceUsage } from '../../../src/engine/model';
import { ECS_USAGE } from '../../../src/engine/usage/ecs';
import { LAMBDA_USAGE } from '../../../src/engine/usage/lambda';
import type { UsageContext, UsageSource } from '../../../src/engine/usage/source';

export const IDENTITY = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
export const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

export function digest(letter: string): string {
  return `sha256:${letter.repeat(64)}`;
}

export function ecsArn(rest: string): string {
  return `arn:aws:ecs:eu-west-1:111122223333:${rest}`;
}

export function functionArn(name: string, version: string): string {
  return `arn:aws:lambda:eu-west-1:111122223333:function:${name}:${version}`;
}

/** What an account holds, in the shapes of the answers. */
export class World {
  /** Names. */
  clusters: string[] = [];
  /** By cluster name. */
  tasks: (Input & { cluster: string; taskArn: string; desiredStatus: 'RUNNING' | 'STOPPED' })[] = [];
  services: (Input & { cluster: string; serviceArn: string })[] = [];
  /** Full deployments; the list shows their briefs. */
  deployments: (Input & { serviceArn: string; serviceDeploymentArn: string })[] = [];
  revisions: (Input & { serviceRevisionArn: string })[] = [];
  /** `family:revision` → images. */
  taskDefinitions: Record<string, { images: string[]; inactive?: boolean }> = {};
  functions: Input[] = [];
  /** Smaller than AWS's, so that a few items make several pages. */
  pageSize = 100;

  attach(stub: AwsStub): void {
    stub.on('ListClusters', (input) => this.page(input, 'clusterArns', this.clusters.map((name) => ecsArn(`cluster/${name}`))));
    stub.on('ListTasks', (input) => this.page(input, 'taskArns', this.inCluster(this.tasks, input)
      .filter((task) => task.desiredStatus === (input.desiredStatus ?? 'RUNNING')).map((task) => task.taskArn)));
    stub.on('DescribeTasks', (input) => describe('tasks', input.tasks, this.inCluster(this.tasks, input), 'taskArn'));
    stub.on('ListServices', (input) => this.page(input, 'serviceArns', this.inCluster(this.services, input).map((service) => service.serviceArn)));
    stub.on('DescribeServices', (input) => describe('services', input.services, this.inCluster(this.services, input), 'serviceArn'));
    stub.on('ListServiceDeployments', (input) => this.page(input, 'serviceDeployments', this.deployments
      .filter((deployment) => deployment.serviceArn === input.service)
      .map(({ targetServiceRevision, ...brief }) => ({ ...brief, targetServiceRevisionArn: targetServiceRevision?.arn }))));
    stub.on('DescribeServiceDeployments', (input) => describe('serviceDeployments', input.serviceDeploymentArns, this.deployments, 'serviceDeploymentArn'));
    stub.on('DescribeServiceRevisions', (input) => describe('serviceRevisions', input.serviceRevisionArns, this.revisions, 'serviceRevisionArn'));
    stub.on('ListTaskDefinitions', (input) => this.page(input, 'taskDefinitionArns', Object.entries(this.taskDefinitions)
      .filter(([, { inactive }]) => !inactive).map(([name]) => ecsArn(`task-definition/${name}`))));
    stub.on('DescribeTaskDefinition', ({ taskDefinition: arn }) => {
      const found = this.taskDefinitions[arn.slice(arn.indexOf('/') + 1)];
      if (!found) return awsError('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: { taskDefinitionArn: arn, containerDefinitions: found.images.map((image, at) => ({ name: `c${at}`, image })) } };
    });
    stub.on('ListFunctions', ({ Marker }) => {
      const at = Number(Marker ?? 0);
      const end = at + Math.min(this.pageSize, 50);
      const page = this.functions.slice(at, end).map(({ Code, ...configuration }) => configuration);
      return { Functions: page, ...(end < this.functions.length ? { NextMarker: String(end) } : {}) };
    });
    stub.on('GetFunction', ({ FunctionName, Qualifier }) => {
      const found = this.functions.find((version) => version.FunctionName === FunctionName && version.Version === Qualifier);
      if (!found) return awsError('ResourceNotFoundException', 'Function not found', 404);
      const { Code, ...Configuration } = found;
      return { Configuration, Code };
    });
  }

  addTask(cluster: string, id: string, task: Input): string {
    const taskArn = ecsArn(`task/${cluster}/${id}`);
    this.tasks.push({ cluster, taskArn, desiredStatus: 'RUNNING', lastStatus: 'RUNNING', ...task });
    return taskArn;
  }

  addService(cluster: string, name: string, taskDefinition: string, more: Input = {}): string {
    const serviceArn = ecsArn(`service/${cluster}/${name}`);
    const arn = ecsArn(`task-definition/${taskDefinition}`);
    this.services.push({
      cluster,
      serviceArn,
      serviceName: name,
      status: 'ACTIVE',
      taskDefinition: arn,
      deployments: [{ id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition: arn }],
      ...more,
    });
    return serviceArn;
  }

  addRevision(service: string, id: string, taskDefinition: string, images?: Input[]): string {
    const serviceRevisionArn = ecsArn(`service-revision/${service}/${id}`);
    this.revisions.push({ serviceRevisionArn, taskDefinition: ecsArn(`task-definition/${taskDefinition}`), containerImages: images });
    return serviceRevisionArn;
  }

  addDeployment(serviceArn: string, id: string, status: string, target: string, more: Input = {}): void {
    const service = serviceArn.slice(serviceArn.indexOf('/') + 1);
    const serviceDeploymentArn = ecsArn(`service-deployment/${service}/${id}`);
    this.deployments.push({ serviceArn, serviceDeploymentArn, status, targetServiceRevision: { arn: target }, createdAt: 1_700_000_000, ...more });
  }

  addFunction(name: string, version: string, more: Input): string {
    const FunctionArn = functionArn(name, version);
    this.functions.push({ FunctionName: name, Version: version, FunctionArn, PackageType: 'Image', ...more });
    return FunctionArn;
  }

  private page(input: Input, key: string, items: unknown[]): object {
    const at = Number(input.nextToken ?? 0);
    const end = at + Math.min(this.pageSize, input.maxResults ?? 10);
    return { [key]: items.slice(at, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
  }

  private inCluster<T extends { cluster: string }>(items: T[], input: Input): T[] {
    return items.filter((item) => ecsArn(`cluster/${item.cluster}`) === input.cluster);
  }
}

function describe(key: string, asked: string[], items: Input[], id: string): object {
  return {
    [key]: items.filter((item) => asked.includes(item[id])),
    failures: asked.filter((arn) => !items.some((item) => item[id] === arn)).map((arn) => ({ arn, reason: 'MISSING' })),
  };
}

export interface ReadOptions {
  readonly ecs?: Partial<EcsUsageSettings>;
  readonly lambda?: Partial<LambdaUsageSettings>;
  readonly catalogued?: readonly string[];
  readonly immutable?: Map<string, unknown>;
  readonly maxAttempts?: number;
}

/** One world, stub and clients per test; and no call that the table of operations does not grant. */
export function useWorld() {
  const here = {} as { stub: AwsStub; world: World };
  beforeEach(async () => {
    here.stub = await AwsStub.start();
    here.world = new World();
    here.world.attach(here.stub);
  });
  afterEach(async () => {
    await here.stub.stop();
    const granted = OPERATIONS.filter(({ part }) => part === 'usage:ecs' || part === 'usage:lambda').map(({ operation }) => operation);
    expect(here.stub.calls.map(({ operation }) => operation).filter((operation) => !granted.includes(operation))).toEqual([]);
  });
  async function context(options: ReadOptions = {}): Promise<UsageContext> {
    return {
      clients: await here.stub.clients(options.maxAttempts),
      settings: settings(options),
      identity: IDENTITY,
      immutable: options.immutable ?? new Map(),
      isCatalogued: (candidate) => (options.catalogued ?? []).includes(candidate),
    };
  }
  async function read(source: UsageSource, options?: ReadOptions): Promise<SourceUsage> {
    return source.read(await context(options));
  }
  return {
    get stub() { return here.stub; },
    get world() { return here.world; },
    context,
    readEcs: (options?: ReadOptions) => read(ECS_USAGE, options),
    readLambda: (options?: ReadOptions) => read(LAMBDA_USAGE, options),
  };
}

export function settings(options: ReadOptions = {}): Settings {
  return {
    version: SETTINGS_VERSION,
    name: 'test',
    mode: 'REPORT_ONLY',
    containerImages: [],
    usage: {
      ecs: {
        enabled: true,
        clusters: DEFAULTS.clusters,
        taskDefinitionFamilies: DEFAULTS.taskDefinitionFamilies,
        taskDefinitionRevisions: DEFAULTS.taskDefinitionRevisions,
        ...options.ecs,
      },
      lambda: { enabled: true, functions: DEFAULTS.functions, ...options.lambda },
    },
    guards: { maxRetirePercent: 50, maxRetireCount: 1000, safetyAge: 'P1D' },
  };
}

/** `consumer kind: what it names → what that resolved to`, short enough to compare. */
export function told(usage: SourceUsage): string[] {
  return usage.references.map(({ consumer, consumerKind, target }) => {
    const what = target.kind === 'repository'
      ? `${target.repository}${target.tag === undefined ? '' : `:${target.tag}`}${target.digest === undefined ? '' : `@${target.digest.slice(7, 8)}`}`
      : target.kind === 'digest' ? `@${target.digest.slice(7, 8)}` : 'elsewhere';
    return `${consumerKind} ${consumer.replace(/^arn:aws:[a-z]+:eu-west-1:111122223333:/, '')} → ${what}`;
  });
}
