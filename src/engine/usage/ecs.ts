/** What Amazon ECS uses: tasks with the digests they run, services with all that they could roll back to, task definitions. */
import { listClusters } from './ecs/lists';
import { readServiceRevisions } from './ecs/service-revisions';
import { readServices } from './ecs/services';
import { TaskDefinitions } from './ecs/task-definitions';
import { readTasks } from './ecs/tasks';
import { Undigested } from './ecs/undigested';
import { Findings } from './findings';
import { select } from './selection';
import type { UsageContext, UsageSource } from './source';

export const ECS_USAGE: UsageSource = {
  name: 'ecs',
  enabled: (settings) => settings.usage.ecs.enabled,
  async read(context) {
    const findings = new Findings('ecs', context.identity);
    const definitions = new TaskDefinitions(context, findings);
    const undigested = new Undigested();
    const reading = { context, findings, definitions, undigested };
    await Promise.all([
      findings.attempt(() => definitions.readNewest()),
      findings.attempt(async () => {
        const clusters = await selectClusters(context, findings);
        const [revisions] = await Promise.all([
          findings.each(clusters, (cluster) => readServices(cluster, reading)),
          findings.each(clusters, (cluster) => readTasks(cluster, reading)),
        ]);
        await readServiceRevisions(revisions.flat(), reading);
      }),
    ]);
    await definitions.settle();
    await undigested.settle(findings, definitions);
    return findings.usage();
  },
};

async function selectClusters(context: UsageContext, findings: Findings): Promise<string[]> {
  const arns = await listClusters(context);
  const byName = new Map(arns.map((arn) => [arn.slice(arn.lastIndexOf('/') + 1), arn]));
  const selected = select({ setting: 'usage.ecs.clusters', what: 'cluster', patterns: context.settings.usage.ecs.clusters }, byName.keys(), findings);
  return [...selected].map((name) => byName.get(name)!);
}
