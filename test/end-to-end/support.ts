/** An account to run the engine against, in this process: quick enough for hundreds of runs. */
import type { Report } from '../../src/contract/report';
import { createClients } from '../../src/engine/aws/clients';
import { memoryRecord, s3Record, type RecordStore } from '../../src/engine/record';
import { run, type RunOptions } from '../../src/engine/run';
import { parseSettings } from '../../src/engine/settings';
import { startLocalAws, type Credentials, type LocalAws, type LocalAwsOptions } from '../../src/local-aws';

export const DAY = 24 * 60 * 60 * 1000;

export interface EngineOptions {
  /** Parts of the settings document; everything in scope, enforced and with the limits off, unless said otherwise. */
  readonly settings?: Record<string, unknown>;
  readonly credentials?: Credentials;
  readonly record?: RecordStore;
  /** The record in this bucket instead; it must be there. */
  readonly bucket?: string;
  readonly run?: Partial<RunOptions>;
  /** Per call, the first one too. */
  readonly maxAttempts?: number;
  /** Milliseconds. */
  readonly requestTimeout?: number;
}

/** An embedded AWS, stopped and with the environment as it was at the end of each test. */
export class Account {
  static async start(options: LocalAwsOptions = {}): Promise<Account> {
    return new Account(await startLocalAws(options));
  }

  private readonly environment = { ...process.env };
  readonly record = memoryRecord();

  private constructor(readonly aws: LocalAws) {}

  async stop(): Promise<void> {
    await this.aws.stop();
    process.env = this.environment;
  }

  /** One run of the engine; retries are cut short where a test injects faults that never end. */
  async engine(options: EngineOptions = {}): Promise<Report> {
    const settings = parseSettings(JSON.stringify({
      version: 1,
      mode: 'ENFORCE',
      containerImages: [{ repositories: ['*'], expireAfter: 'P14D', keepLatest: 1, keepTags: [] }],
      guards: { maxRetirePercent: 100 },
      ...options.settings,
    }), 'the test');
    const credentials = options.credentials ?? this.aws.credentialsFor({ roleName: 'administrator' });
    process.env = { ...this.environment, ...this.aws.environmentFor(credentials) };
    // The embedded AWS grants any rate: the engine's own limits have tests of their own.
    const clients = await createClients({ rateShare: 1000, maxAttempts: options.maxAttempts, requestTimeout: options.requestTimeout });
    try {
      const record = options.bucket === undefined ? options.record ?? this.record : s3Record(clients.s3, options.bucket);
      return await run({ settings, clients, record, ...options.run });
    } finally {
      clients.destroy();
    }
  }

  uri(repository: string, reference = ''): string {
    return `${this.aws.ecr.host}/${repository}${reference}`;
  }

  /** Days ago. */
  ago(days: number): number {
    return Date.now() - days * DAY;
  }

  /** An old image with a tag, and a young one so that the old is neither the newest nor the last. */
  oldImage(repository: string, tags: readonly string[] = ['old']): string {
    const { digest } = this.aws.ecr.pushImage(repository, { tags, at: this.ago(60) });
    if (!this.exists(repository, 'young')) this.aws.ecr.pushImage(repository, { tags: ['young'], at: this.ago(2) });
    return digest;
  }

  exists(repository: string, digestOrTag: string): boolean {
    const images = [...(this.aws.ecr.repositories.get(repository)?.images.values() ?? [])];
    return images.some((image) => image.digest === digestOrTag || [...image.tags].includes(digestOrTag));
  }

  digests(repository: string): string[] {
    return [...this.aws.ecr.repository(repository).images.keys()].sort();
  }
}

export function imageOf(report: Report, digest: string) {
  const image = report.images.find((candidate) => candidate.digest === digest);
  if (!image) throw new Error(`the report has no image ${digest}`);
  return image;
}
