import type { Task, TaskDefinition } from './ecs-account';
import { AwsError, type Handler, type Json } from '../call';
import { byText, page, pageSize } from '../paging';
import { awsJson } from '../wire/aws-json';
import type { Service } from '../wire/protocol';

const operations: Record<string, Handler> = {
  CreateCluster({ input, region }) {
    const cluster = region.ecs.createCluster(input.clusterName);
    return { cluster: { clusterArn: cluster.arn, clusterName: cluster.name, status: 'ACTIVE' } };
  },

  ListClusters({ input, region }) {
    const arns = [...region.ecs.clusters.values()].map((cluster) => cluster.arn).sort(byText);
    const { items, token } = pageOf(arns, input, 100);
    return { clusterArns: items, nextToken: token };
  },

  RegisterTaskDefinition({ input, region }) {
    const { family, containerDefinitions, tags, ...more } = input;
    if (!Array.isArray(containerDefinitions) || containerDefinitions.length === 0) throw new AwsError('ClientException', 'Container list cannot be empty.');
    return { taskDefinition: region.ecs.registerTaskDefinition({ family, containerDefinitions }, more), tags };
  },

  DeregisterTaskDefinition: ({ input, region }) => ({ taskDefinition: region.ecs.deregisterTaskDefinition(input.taskDefinition) }),
  DescribeTaskDefinition: ({ input, region }) => ({ taskDefinition: region.ecs.taskDefinition(input.taskDefinition) }),

  ListTaskDefinitions({ input, region }) {
    const status = input.status ?? 'ACTIVE';
    const sorted = [...region.ecs.taskDefinitions.values()]
      .filter((each) => each.status === status && (!input.familyPrefix || each.family === input.familyPrefix))
      .sort((a, b) => byText(sortKey(a), sortKey(b)));
    const descending = input.sort === 'DESC';
    const { items, token } = page(descending ? sorted.reverse() : sorted, sortKey, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 100, byDefault: 100 }),
      compare: descending ? (a, b) => byText(b, a) : byText,
    });
    return { taskDefinitionArns: items.map((each) => each.taskDefinitionArn), nextToken: token };
  },

  RunTask({ input, region }) {
    region.ecs.cluster(input.cluster);
    const { cluster, taskDefinition, group, startedBy } = input;
    const tasks = Array.from({ length: input.count ?? 1 }, () => region.ecs.runTask({ cluster, taskDefinition, group, startedBy }));
    return { tasks, failures: [] };
  },

  StopTask: ({ input, region }) => ({ task: region.ecs.stopTask(input.cluster, input.task, { reason: input.reason }) }),

  ListTasks({ input, region }) {
    const cluster = region.ecs.cluster(input.cluster);
    const service = input.serviceName && region.ecs.services.get(input.cluster, input.serviceName);
    const wanted = (task: Task) =>
      task.desiredStatus === (input.desiredStatus ?? 'RUNNING')
      && (!service || task.group === `service:${service.serviceName}`)
      && (!input.family || task.taskDefinitionArn.includes(`:task-definition/${input.family}:`))
      && (!input.startedBy || task.startedBy === input.startedBy);
    const { items, token } = pageOf([...cluster.tasks.values()].filter(wanted).map((task) => task.taskArn).sort(byText), input, 100);
    return { taskArns: items, nextToken: token };
  },

  DescribeTasks({ input, region }) {
    const cluster = region.ecs.cluster(input.cluster);
    checkBatch(input.tasks, 100, 'Tasks');
    const arnOf = (task: string) => (task.startsWith('arn:') ? task : region.arn('ecs', `task/${cluster.name}/${task}`));
    const { found, failures } = lookUp(input.tasks, (task: string) => cluster.tasks.get(arnOf(task)), arnOf);
    return { tasks: found, failures };
  },

  CreateService({ input, region }) {
    region.ecs.cluster(input.cluster);
    const { cluster, serviceName, taskDefinition, desiredCount } = input;
    const service = region.ecs.services.create({ cluster, serviceName, taskDefinition, desiredCount, controller: input.deploymentController?.type });
    return { service: region.ecs.services.describe(service) };
  },

  UpdateService({ input, region }) {
    const { cluster, service, taskDefinition, desiredCount, forceNewDeployment } = input;
    const updated = region.ecs.services.update({ cluster, service, taskDefinition, desiredCount, forceNewDeployment });
    return { service: region.ecs.services.describe(updated) };
  },

  CreateTaskSet: ({ input: { cluster, service, taskDefinition, externalId }, region }) =>
    ({ taskSet: region.ecs.services.createTaskSet({ cluster, service, taskDefinition, externalId }) }),

  ListServices({ input, region }) {
    const cluster = region.ecs.cluster(input.cluster);
    const services = [...region.ecs.services.all.values()].filter((service) => service.clusterArn === cluster.arn);
    const { items, token } = pageOf(services.map((service) => service.serviceArn).sort(byText), input, 10);
    return { serviceArns: items, nextToken: token };
  },

  DescribeServices({ input, region }) {
    const cluster = region.ecs.cluster(input.cluster);
    checkBatch(input.services, 10, 'Services');
    const arnOf = (service: string) => (service.startsWith('arn:') ? service : region.arn('ecs', `service/${cluster.name}/${service}`));
    const { found, failures } = lookUp(input.services, (service: string) => {
      const each = region.ecs.services.find(cluster.name, service);
      return each?.clusterArn === cluster.arn ? region.ecs.services.describe(each) : undefined;
    }, arnOf);
    return { services: found, failures };
  },

  ListServiceDeployments({ input, region }) {
    const service = region.ecs.services.get(input.cluster, input.service);
    const newestFirst = [...region.ecs.services.deployments.values()]
      .filter((each) => each.serviceArn === service.serviceArn && (!input.status?.length || input.status.includes(each.status)))
      .reverse();
    const position = (each: Json) => String(newestFirst.length - newestFirst.indexOf(each)).padStart(6, '0');
    const { items, token } = page(newestFirst, position, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 100, byDefault: 20 }),
      compare: (a, b) => byText(b, a),
    });
    const brief = ({ targetServiceRevision, sourceServiceRevisions, updatedAt, ...rest }: Json) =>
      ({ ...rest, targetServiceRevisionArn: targetServiceRevision.arn });
    return { serviceDeployments: items.map(brief), nextToken: token };
  },

  DescribeServiceDeployments({ input, region }) {
    checkBatch(input.serviceDeploymentArns, 20, 'Service deployments');
    const { found, failures } = lookUp(input.serviceDeploymentArns, (arn: string) => region.ecs.services.deployments.get(arn));
    return { serviceDeployments: found, failures };
  },

  DescribeServiceRevisions({ input, region }) {
    checkBatch(input.serviceRevisionArns, 20, 'Service revisions');
    const { found, failures } = lookUp(input.serviceRevisionArns, (arn: string) => region.ecs.services.revisions.get(arn));
    return { serviceRevisions: found, failures };
  },
};

export const ecs: Service = { name: 'ECS', signingName: 'ecs', protocol: awsJson('AmazonEC2ContainerServiceV20141113'), operations };

function pageOf(sorted: readonly string[], input: Json, byDefault: number) {
  return page(sorted, (item) => item, { token: input.nextToken, size: pageSize(input.maxResults, { max: 100, byDefault }) });
}

/** By family, then by number: revision 10 comes after revision 9. */
function sortKey({ family, revision }: TaskDefinition): string {
  return `${family}\u0000${String(revision).padStart(10, '0')}`;
}

function checkBatch(items: unknown, max: number, what: string): void {
  if (!Array.isArray(items) || items.length === 0) throw new AwsError('InvalidParameterException', `${what} cannot be empty.`);
  if (items.length > max) throw new AwsError('InvalidParameterException', `${what} cannot have more than ${max} elements`);
}

/** What is not there stands in the failures of a 200. */
function lookUp<Found>(names: readonly string[], find: (name: string) => Found | undefined, arnOf: (name: string) => string = (name) => name) {
  const found: Found[] = [];
  const failures: Json[] = [];
  for (const name of names) {
    const item = find(name);
    if (item === undefined) failures.push({ arn: arnOf(name), reason: 'MISSING' });
    else found.push(item);
  }
  return { found, failures };
}
