import { devNull } from 'node:os';
import { Authorization } from './authorization';
import { CallRecorder } from './calls';
import { pullEverything, type Pull } from './consumers';
import type { Created } from './deploy/resources';
import { Faults } from './faults';
import { PrincipalDirectory, type Credentials, type PrincipalOptions } from './principals';
import { Quotas } from './quotas';
import { listen, type CallHook } from './server';
import { appconfig } from './services/appconfig';
import type { AppConfigStore } from './services/appconfig-store';
import { ecr } from './services/ecr';
import type { EcrRegistry } from './services/ecr-registry';
import { ecs } from './services/ecs';
import type { EcsAccount } from './services/ecs-account';
import { lambda } from './services/lambda';
import type { LambdaFunctions } from './services/lambda-functions';
import { s3 } from './services/s3';
import type { S3Buckets } from './services/s3-buckets';
import { sts } from './services/sts';
import { World, type Region } from './world';

export interface LocalAwsOptions {
  /** @default 111122223333 */
  readonly account?: string;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default aws */
  readonly partition?: string;
  /** Milliseconds since the epoch; real time by default. */
  readonly clock?: () => number;
  /** @default a free one */
  readonly port?: number;
}

/** Starts an account on 127.0.0.1. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const aws = new LocalAws(options);
  await aws.start(options.port ?? 0);
  return aws;
}

/** A small, stateful AWS account that speaks the real wire protocols to unmodified SDK clients. */
export class LocalAws {
  readonly account: string;
  readonly regionName: string;
  readonly partition: string;
  readonly world: World;
  readonly calls = new CallRecorder();
  readonly faults = new Faults();
  readonly quotas = new Quotas();
  readonly principals: PrincipalDirectory;
  /** What was deployed, by stack name and logical ID. */
  readonly stacks = new Map<string, ReadonlyMap<string, Created>>();
  /** Added to every answer, in milliseconds. */
  latency = 0;
  private readonly authorizer = new Authorization();
  private readonly hooks = new Set<CallHook>();
  private server: { port: number; stop(): Promise<void> } | undefined;

  constructor(options: LocalAwsOptions = {}) {
    this.account = options.account ?? '111122223333';
    this.regionName = options.region ?? 'us-east-1';
    this.partition = options.partition ?? 'aws';
    this.world = new World(this.partition, options.clock ?? Date.now);
    this.principals = new PrincipalDirectory(this.partition, this.account);
  }

  get endpoint(): string {
    if (!this.server) throw new Error('the embedded AWS is not running');
    return `http://127.0.0.1:${this.server.port}`;
  }

  /** Whether the policies of roles are checked; see {@link Authorization.mode}. */
  get authorization(): 'simulated' | 'unavailable' {
    return this.authorizer.mode;
  }

  /** Another account, or another region, of the same world. */
  at(account = this.account, region = this.regionName): Region {
    return this.world.region(account, region);
  }

  get ecr(): EcrRegistry {
    return this.at().ecr;
  }

  get ecs(): EcsAccount {
    return this.at().ecs;
  }

  get lambda(): LambdaFunctions {
    return this.at().lambda;
  }

  get appconfig(): AppConfigStore {
    return this.at().appconfig;
  }

  get s3(): S3Buckets {
    return this.world.buckets;
  }

  /** Pulls what everything runs, by digest; see {@link pullEverything}. */
  pullEverything(): Pull[] {
    return pullEverything(this.world);
  }

  /** Credentials of a session of the role, which is created. Without policies it is an administrator. */
  credentialsFor(principal: PrincipalOptions): Credentials {
    return this.principals.credentialsFor(principal);
  }

  /** What a program needs in its environment to speak to this account and nothing else. */
  environmentFor(credentials: Credentials): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.regionName,
      AWS_DEFAULT_REGION: this.regionName,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      // A developer's own profile must not leak in.
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Calls the hook before each operation is carried out; returns what takes it off again. */
  onCall(hook: CallHook): () => void {
    this.hooks.add(hook);
    return () => this.hooks.delete(hook);
  }

  async start(port = 0): Promise<void> {
    this.server = await listen({
      world: this.world,
      services: [ecr, ecs, lambda, s3, sts, appconfig],
      principals: this.principals,
      authorization: this.authorizer,
      faults: this.faults,
      quotas: this.quotas,
      calls: this.calls,
      hooks: this.hooks,
      defaultRegion: this.regionName,
      latency: () => this.latency,
    }, port);
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }
}
