import { sampleImage, sampleReport } from './sample';
import type { RunStatus } from '../../../src/contract/report';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../../src/contract/settings';
import { renderMetrics } from '../../../src/engine/report/metrics';

const swept = sampleReport({ mode: 'ENFORCE' }, [
  sampleImage('app', 'one', 'delete', ['expired'], { outcome: { status: 'deleted' }, sizeBytes: 1000 }),
  sampleImage('app', 'two', 'delete', ['expired'], { outcome: { status: 'deleted' }, sizeBytes: 500 }),
  sampleImage('app', 'three', 'delete', ['expired'], { outcome: { status: 'dropped' } }),
  sampleImage('app', 'four', 'hold', ['missing-child']),
]);

test('the line is one JSON object and nothing else', () => {
  const line = renderMetrics(sampleReport({ janitor: 'Stack/\u2028Janitor\u001b' }));
  expect(line).not.toMatch(/[\n\r\u2028\u001b]/);
  expect(JSON.parse(line)).toMatchObject({ [METRIC_DIMENSION]: 'Stack/\u2028Janitor\u001b' });
});

test('every metric of the contract is declared with its unit and has a number at the root, by janitor', () => {
  const document = JSON.parse(renderMetrics(swept));
  expect(document._aws.Timestamp).toBe(Date.parse(swept.run.finishedAt));
  expect(document._aws.CloudWatchMetrics).toHaveLength(1);
  const [directive] = document._aws.CloudWatchMetrics;
  expect(directive.Namespace).toBe(METRIC_NAMESPACE);
  expect(directive.Dimensions).toEqual([[METRIC_DIMENSION]]);
  expect(document[METRIC_DIMENSION]).toBe('Example/ImageJanitor');
  expect(directive.Metrics.map(({ Name }: any) => Name).sort()).toEqual(Object.values(METRICS).sort());
  for (const { Name, Unit } of directive.Metrics) {
    expect([Name, typeof document[Name]]).toEqual([Name, 'number']);
    expect(['Count', 'Bytes']).toContain(Unit);
  }
});

test('what was deleted is counted, not what was planned', () => {
  expect(JSON.parse(renderMetrics(swept))).toMatchObject({ Runs: 1, RetiredImages: 2, ReclaimedBytes: 1500, HeldImages: 1, Failures: 0 });
});

test.each<[RunStatus, number]>([['COMPLETE', 0], ['PARTIAL', 0], ['FAILED', 1], ['INCOMPLETE', 1], ['BAD_INPUT', 1]])('a run that ends %s has %d failures', (status, failures) => {
  expect(JSON.parse(renderMetrics(sampleReport({ status }))).Failures).toBe(failures);
});
