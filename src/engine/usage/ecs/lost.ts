import { listClusters } from './lists';
import type { EcsReading } from './reading';
import { AwsCallError } from '../../aws/problems';

/**
 * Undefined when the cluster was deleted since it was listed, which ECS allows only when nothing runs in it: it says so itself, or a
 * listing made afterwards lacks it. Anything else that the call throws is thrown.
 */
export async function forgivingLostCluster<T>(cluster: string, { context, findings }: EcsReading, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (!(thrown instanceof AwsCallError) || thrown.code !== 'ClusterNotFoundException') throw thrown;
    if (!/inactive/i.test(thrown.message)) {
      const now = await listClusters(context);
      if (now.includes(cluster)) throw thrown;
    }
    findings.note(`cluster ${cluster} was deleted while it was read`);
    return undefined;
  }
}

/**
 * A stopped task is forgotten after a while, and a service may be deleted while it is read. Only a listing made afterwards tells that
 * from an answer that is wrong.
 */
export async function confirmMissing(
  operation: string,
  missing: ReadonlySet<string>,
  cluster: string,
  reading: EcsReading,
  list: () => Promise<Iterable<string>>,
): Promise<void> {
  if (missing.size === 0) return;
  for (const arn of (await forgivingLostCluster(cluster, reading, list)) ?? []) {
    if (missing.has(arn)) reading.findings.problem({ text: `ECS ${operation}: ${arn} is listed, but reported MISSING` });
  }
}
