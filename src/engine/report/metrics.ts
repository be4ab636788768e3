import { toJsonLine } from './json';
import type { Report, RunStatus } from '../../contract/report';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../contract/settings';

/** A deadline that came first is no failure: the next run goes on. */
const FAILURES: ReadonlySet<RunStatus> = new Set(['FAILED', 'BAD_INPUT', 'INCOMPLETE']);

/**
 * The run's metrics as one log line in the embedded metric format: CloudWatch makes metrics of it wherever the line ends up in
 * CloudWatch Logs, so neither a permission nor a call is needed. The line must be the JSON object and nothing else.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function renderMetrics({ run }: Report): string {
  return toJsonLine({
    _aws: {
      Timestamp: Date.parse(run.finishedAt),
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [[METRIC_DIMENSION]],
        Metrics: [
          { Name: METRICS.runs, Unit: 'Count' },
          { Name: METRICS.retiredImages, Unit: 'Count' },
          { Name: METRICS.reclaimedBytes, Unit: 'Bytes' },
          { Name: METRICS.heldImages, Unit: 'Count' },
          { Name: METRICS.failures, Unit: 'Count' },
        ],
      }],
    },
    [METRIC_DIMENSION]: run.janitor,
    [METRICS.runs]: 1,
    [METRICS.retiredImages]: run.counts.deleted,
    [METRICS.reclaimedBytes]: run.bytes.deleted,
    [METRICS.heldImages]: run.counts.hold,
    [METRICS.failures]: FAILURES.has(run.status) ? 1 : 0,
    // Not metrics: found with Logs Insights.
    run: run.id,
    mode: run.mode,
    status: run.status,
  });
}
