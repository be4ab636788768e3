import { AwsError, type ServiceName } from './call';
import { findOperation } from '../contract/operations';

/** Operations that draw from the same bucket, by its name. */
const SHARED: Readonly<Record<string, string>> = {
  'ECS ListTasks': 'ECS tasks',
  'ECS DescribeTasks': 'ECS tasks',
  'ECS ListServices': 'ECS services',
  'ECS DescribeServices': 'ECS services',
  'ECS ListTaskDefinitions': 'ECS task definitions',
  'ECS DescribeTaskDefinition': 'ECS task definitions',
  'ECS ListServiceDeployments': 'ECS service deployments',
  'ECS DescribeServiceDeployments': 'ECS service deployments',
};

/** The published request rates, as token buckets for each account and region. Off until enabled. */
export class Quotas {
  private clock: (() => number) | undefined;
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  /** The clock is in milliseconds; real time by default, because that is what a rate is about. */
  enable(clock: () => number = () => performance.now()): void {
    this.clock = clock;
    this.buckets.clear();
  }

  disable(): void {
    this.clock = undefined;
  }

  take(service: ServiceName, operation: string, place: string): void {
    const rate = findOperation(service, operation)?.rate;
    if (!this.clock || !rate) return;
    const name = `${service} ${operation}`;
    const key = `${place} ${SHARED[name] ?? name}`;
    const now = this.clock();
    const bucket = this.buckets.get(key) ?? { tokens: rate.burst, at: now };
    bucket.tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
    bucket.at = now;
    this.buckets.set(key, bucket);
    if (bucket.tokens < 1) throw throttled(service);
    bucket.tokens -= 1;
  }
}

/** What each service answers to a caller that asks too often. */
export function throttled(service: ServiceName, code?: string): AwsError {
  if (service === 'S3') return new AwsError(code ?? 'SlowDown', 'Please reduce your request rate.', 503);
  if (service === 'Lambda') return new AwsError(code ?? 'TooManyRequestsException', 'Rate exceeded', 429, { Reason: 'CallerRateLimitExceeded' });
  return new AwsError(code ?? 'ThrottlingException', 'Rate exceeded');
}
