/** The state that the services share: for each account and region a registry, clusters, functions; buckets for all. */
import { AppConfigStore } from './services/appconfig-store';
import { EcrRegistry } from './services/ecr-registry';
import { EcsAccount } from './services/ecs-account';
import { LambdaFunctions } from './services/lambda-functions';
import { S3Buckets } from './services/s3-buckets';

/** A time, as milliseconds since the epoch or as a Date. */
export type Instant = number | Date;

export interface Place {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** DNS suffix of the services' endpoints. */
export const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  'aws': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-us-gov': 'amazonaws.com',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
};

export class World {
  readonly buckets: S3Buckets;
  private readonly regions = new Map<string, Region>();

  constructor(readonly partition: string, readonly clock: () => number) {
    this.buckets = new S3Buckets(() => clock());
  }

  region(account: string, region: string): Region {
    const key = `${account}/${region}`;
    let found = this.regions.get(key);
    if (!found) this.regions.set(key, (found = new Region(this, { partition: this.partition, account, region })));
    return found;
  }

  allRegions(): readonly Region[] {
    return [...this.regions.values()];
  }
}

/** What one account has in one region. */
export class Region {
  readonly ecr: EcrRegistry;
  readonly ecs: EcsAccount;
  readonly lambda: LambdaFunctions;
  readonly appconfig: AppConfigStore;

  constructor(readonly world: World, readonly place: Place) {
    this.ecr = new EcrRegistry(this);
    this.ecs = new EcsAccount(this);
    this.lambda = new LambdaFunctions(this);
    this.appconfig = new AppConfigStore(this);
  }

  arn(service: string, resource: string): string {
    return `arn:${this.place.partition}:${service}:${this.place.region}:${this.place.account}:${resource}`;
  }

  now(at?: Instant): number {
    return at === undefined ? this.world.clock() : Number(at);
  }
}
