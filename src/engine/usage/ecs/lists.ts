import { ListClustersCommand, ListServicesCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { paginate } from '../../aws/paginate';
import type { UsageContext } from '../source';

export function listClusters({ clients }: UsageContext): Promise<string[]> {
  return paginate({
    service: 'ECS',
    operation: 'ListClusters',
    page: (nextToken) => clients.ecs.send(new ListClustersCommand({ nextToken, maxResults: 100 })),
    items: (page) => page.clusterArns,
    token: (page) => page.nextToken,
  });
}

export function listServices(cluster: string, { clients }: UsageContext): Promise<string[]> {
  return paginate({
    service: 'ECS',
    operation: 'ListServices',
    page: (nextToken) => clients.ecs.send(new ListServicesCommand({ cluster, nextToken, maxResults: 100 })),
    items: (page) => page.serviceArns,
    token: (page) => page.nextToken,
  });
}

/**
 * All tasks that the cluster knows. PENDING is no status to ask for: ECS wants such a task to be RUNNING. First those that run, then
 * those that stopped: the other way round, one that stops in between would be in neither list.
 */
export async function listTasks(cluster: string, { clients }: UsageContext): Promise<Set<string>> {
  const arns = new Set<string>();
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const listed = await paginate({
      service: 'ECS',
      operation: 'ListTasks',
      page: (nextToken) => clients.ecs.send(new ListTasksCommand({ cluster, desiredStatus, nextToken, maxResults: 100 })),
      items: (page) => page.taskArns,
      token: (page) => page.nextToken,
    });
    for (const arn of listed) arns.add(arn);
  }
  return arns;
}
