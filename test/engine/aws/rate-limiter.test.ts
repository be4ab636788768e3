import { findOperation } from '../../../src/contract/operations';
import { RateLimiter } from '../../../src/engine/aws/rate-limiter';

/** A clock that only sleeping moves. */
function limiter(concurrency: number, share = 0.5) {
  let now = 0;
  const naps: number[] = [];
  const sleep = async (milliseconds: number) => {
    naps.push(milliseconds);
  };
  return { naps, advance: (milliseconds: number) => (now += milliseconds), limiter: new RateLimiter(concurrency, share, () => now, sleep) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('no more calls are under way than allowed, and a place that is freed is taken', async () => {
  const { limiter: two } = limiter(2);
  const finish: (() => void)[] = [];
  let started = 0;
  const calls = Array.from({ length: 5 }, () => two.run('S3', 'GetObject', () => {
    started += 1;
    return new Promise<void>((resolve) => finish.push(resolve));
  }));
  for (const expected of [2, 3, 4, 5, 5]) {
    await settle();
    expect(started).toBe(expected);
    finish.shift()!();
  }
  await Promise.all(calls);
});

test('a call that fails gives its place back', async () => {
  const { limiter: one } = limiter(1);
  for (let at = 0; at < 3; at += 1) await expect(one.run('S3', 'GetObject', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await one.run('S3', 'GetObject', async () => 'done')).toBe('done');
});

test('an operation stays within its share of the published rate: a burst at once, then one call at a time', async () => {
  const { burst, perSecond } = findOperation('ECS', 'DescribeTaskDefinition')!.rate!;
  const { limiter: half, naps, advance } = limiter(1000);
  const call = () => half.run('ECS', 'DescribeTaskDefinition', async () => undefined);
  await Promise.all(Array.from({ length: burst / 2 }, call));
  expect(naps).toEqual([]);
  await Promise.all([call(), call(), call()]);
  const step = 1000 / (perSecond / 2);
  expect(naps).toEqual([step, 2 * step, 3 * step]);
  // Time refills the bucket, never beyond the burst.
  advance(3_600_000);
  await Promise.all(Array.from({ length: burst / 2 }, call));
  expect(naps).toHaveLength(3);
  await call();
  expect(naps).toHaveLength(4);
});

test('one operation does not wait for another, nor one without a published rate for anything', async () => {
  const { limiter: half, naps } = limiter(1000);
  const { burst } = findOperation('ECS', 'DescribeTaskDefinition')!.rate!;
  await Promise.all(Array.from({ length: burst / 2 }, () => half.run('ECS', 'DescribeTaskDefinition', async () => undefined)));
  await half.run('ECS', 'ListTasks', async () => undefined);
  await Promise.all(Array.from({ length: 500 }, () => half.run('ECR', 'DescribeImages', async () => undefined)));
  expect(naps).toEqual([]);
});

test('once closed, what waits for its turn is not called, and nothing is waited for any more', async () => {
  const real = new RateLimiter(1);
  const called: number[] = [];
  // 25 at once, then 10 a second: the last of them would wait for some seconds.
  const calls = Array.from({ length: 60 }, (_, index) => real.run('ECS', 'DescribeTaskDefinition', async () => called.push(index)));
  const settled = Promise.allSettled(calls);
  await calls[0];
  real.close();
  const results = await settled;
  expect(called.length).toBeLessThan(60);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(60 - called.length);
  await expect(real.run('ECS', 'ListClusters', async () => 1)).rejects.toThrow(/the run has ended/);
});
