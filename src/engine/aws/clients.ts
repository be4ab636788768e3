/** The only place that constructs an SDK client. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CallLog } from './call-log';
import { toAwsCallError } from './problems';
import { RateLimiter } from './rate-limiter';
import { ENGINE_VERSION } from '../version';

export interface Clients {
  readonly appconfig: AppConfigClient;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly sts: STSClient;
  /** Counts of every call made, by operation. */
  readonly calls: CallLog;
  /** Region that the clients speak to. */
  readonly region: string;
  destroy(): void;
}

export interface ClientOptions {
  readonly region?: string;
  readonly maxAttempts?: number;
  readonly requestTimeout?: number;
  readonly rateShare?: number;
}

const ANSWERS = new Set(['NoSuchKey', 'PreconditionFailed']);

/** Calls under way at once, over all services. The published rates bound each operation besides (see RateLimiter). */
export const CONCURRENCY = 32;

/** Calls to the record under way at once. */
const RECORD_CONCURRENCY = 8;

/** Attempts per call, the first one too: enough to outlast a minute of throttling. */
export const MAX_ATTEMPTS = 8;

/**
 * Credentials, region, profile and endpoints come from the standard AWS environment (`AWS_REGION`, `AWS_PROFILE`,
 * `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_ECR`, …). `maxAttempts` counts the first attempt too; `requestTimeout` is how long an answer may take, in
 * milliseconds; `rateShare` is the part of each published rate that may be used, half by default.
 */
export async function createClients(options: ClientOptions = {}): Promise<Clients> {
  const maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
  const calls = new CallLog();
  const limiter = new RateLimiter(CONCURRENCY, options.rateShare);
  const agent = { keepAlive: true, maxSockets: CONCURRENCY };
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 5_000,
    requestTimeout: options.requestTimeout ?? 30_000,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  });
  const configuration = {
    ...(options.region ? { region: options.region } : {}),
    // CloudTrail shows who deleted.
    customUserAgent: [['cdk-image-janitor', ENGINE_VERSION]] as [string, string][],
    // Adaptive retry slows the whole client down after a throttled call; where nothing is tried again, there is nothing to slow down for.
    retryMode: maxAttempts > 1 ? 'adaptive' : 'standard',
    maxAttempts,
    requestHandler,
  };
  const clients = {
    appconfig: new AppConfigClient(configuration),
    ecr: new ECRClient(configuration),
    ecs: new ECSClient(configuration),
    lambda: new LambdaClient(configuration),
    s3: new S3Client(configuration),
    sts: new STSClient(configuration),
  };
  // The record has places of its own: a reading that was given up must not keep the lock and the report waiting.
  const recordLimiter = new RateLimiter(RECORD_CONCURRENCY);
  for (const client of Object.values(clients)) instrument(client, calls, client === clients.s3 ? recordLimiter : limiter);
  return {
    ...clients,
    calls,
    region: await clients.ecr.config.region(),
    destroy: () => {
      limiter.close();
      recordLimiter.close();
      Object.values(clients).forEach((client) => client.destroy());
    },
  };
}

/** The part of every SDK client that the instrumentation needs; the concrete types differ in ways that do not matter here. */
interface Instrumentable {
  readonly config: { readonly serviceId?: string };
  readonly middlewareStack: { add(middleware: any, options: any): void };
}

function instrument(client: Instrumentable, calls: CallLog, limiter: RateLimiter): void {
  const service = client.config.serviceId!;
  client.middlewareStack.add(
    (next: any, context: { commandName?: string }) => async (args: any) => {
      const operation = (context.commandName ?? 'Unknown').replace(/Command$/, '');
      return limiter.run(service, operation, async () => {
        try {
          const answer = await next(args);
          calls.succeeded(service, operation, answer.output?.$metadata?.attempts ?? 1);
          return answer;
        } catch (thrown) {
          const error = toAwsCallError(service, operation, thrown);
          const attempts = (thrown as any)?.$metadata?.attempts ?? 1;
          // "There is no such object" and "the condition does not hold" are answers.
          if (ANSWERS.has(error.code)) calls.succeeded(service, operation, attempts);
          else calls.failed(service, operation, attempts);
          throw error;
        }
      });
    },
    { step: 'initialize', name: 'imageJanitor', priority: 'high', override: true },
  );
}
