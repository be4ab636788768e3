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
