/** Clusters, task definitions, tasks and services, and the ways to fill them without HTTP. */
import { createHash } from 'node:crypto';
import { EcsServices } from './ecs-services';
import { AwsError, type Json } from '../call';
import { parseImageUri } from '../image-uri';
import type { Instant, Region } from '../world';

export interface TaskDefinition extends Json {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly containerDefinitions: readonly Json[];
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
}

export interface Task extends Json {
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly containers: readonly Json[];
  desiredStatus: 'RUNNING' | 'STOPPED';
  lastStatus: string;
}

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  readonly tasks: Map<string, Task>;
}

export interface RegisterTaskDefinitionOptions {
  readonly family: string;
  /** The image of each container, or whole container definitions. */
  readonly images?: readonly string[];
  readonly containerDefinitions?: readonly Json[];
  readonly at?: Instant;
}

export interface RunTaskOptions {
  /** `default` by default; created if need be. */
  readonly cluster?: string;
  /** Family, `family:revision` or ARN. */
  readonly taskDefinition: string;
  readonly group?: string;
  readonly startedBy?: string;
  /** Digests by container name, as a service resolved them when it was deployed. */
  readonly digests?: Readonly<Record<string, string | undefined>>;
  readonly at?: Instant;
}

/** What a container's image resolved to. */
export interface ResolvedImage extends Json {
  readonly containerName: string;
  readonly image: string;
  readonly imageDigest?: string;
}

export class EcsAccount {
  readonly clusters = new Map<string, Cluster>();
  readonly taskDefinitions = new Map<string, TaskDefinition>();
  readonly services: EcsServices;
  private readonly revisions = new Map<string, number>();
  private counter = 0;

  constructor(readonly region: Region) {
    this.services = new EcsServices(this);
  }

  createCluster(name = 'default'): Cluster {
    const existing = this.clusters.get(name);
    if (existing) return existing;
    const cluster = { arn: this.region.arn('ecs', `cluster/${name}`), name, tasks: new Map<string, Task>() };
    this.clusters.set(name, cluster);
    return cluster;
  }

  cluster(nameOrArn = 'default'): Cluster {
    const cluster = this.clusters.get(nameOrArn.split('/').pop()!);
    if (!cluster) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return cluster;
  }

  registerTaskDefinition(options: RegisterTaskDefinitionOptions, more: Json = {}): TaskDefinition {
    const revision = (this.revisions.get(options.family) ?? 0) + 1;
    this.revisions.set(options.family, revision);
    const images = (options.images ?? []).map((image, position) => ({ name: position === 0 ? 'main' : `sidecar-${position}`, image, essential: position === 0 }));
    const taskDefinition: TaskDefinition = {
      ...more,
      taskDefinitionArn: this.region.arn('ecs', `task-definition/${options.family}:${revision}`),
      family: options.family,
      revision,
      status: 'ACTIVE',
      containerDefinitions: options.containerDefinitions ?? images,
      registeredAt: this.region.now(options.at) / 1000,
    };
    this.taskDefinitions.set(taskDefinition.taskDefinitionArn, taskDefinition);
    return taskDefinition;
  }

  deregisterTaskDefinition(name: string): TaskDefinition {
    const taskDefinition = this.taskDefinition(name);
    taskDefinition.status = 'INACTIVE';
    taskDefinition.deregisteredAt = this.region.now() / 1000;
    return taskDefinition;
  }

  /** By family (the newest active revision), `family:revision` or ARN. */
  taskDefinition(name: string): TaskDefinition {
    const short = name.includes(':task-definition/') ? name.split(':task-definition/')[1]! : name;
    const [family, revision] = short.split(':');
    const newest = () => [...this.taskDefinitions.values()].filter((each) => each.family === family && each.status === 'ACTIVE').pop();
    const found = revision ? this.taskDefinitions.get(this.region.arn('ecs', `task-definition/${short}`)) : newest();
    if (!found) throw new AwsError('ClientException', 'Unable to describe task definition.');
    return found;
  }

  runTask(options: RunTaskOptions): Task {
    const cluster = this.createCluster((options.cluster ?? 'default').split('/').pop());
    const taskDefinition = this.taskDefinition(options.taskDefinition);
    const at = this.region.now(options.at) / 1000;
    const taskArn = this.region.arn('ecs', `task/${cluster.name}/${this.hexId()}`);
    let problem: string | undefined;
    const containers = taskDefinition.containerDefinitions.map((container) => {
      const { image } = container;
      const pinned = options.digests?.[container.name];
      let imageDigest: string | undefined;
      try {
        imageDigest = this.pull(pinned ? `${image.replace(/(@.*|:[^:/]*)$/, '')}@${pinned}` : image, options.at);
      } catch (error) {
        problem = (error as Error).message;
      }
      return { containerArn: this.region.arn('ecs', `container/${cluster.name}/${this.hexId()}`), taskArn, name: container.name, image, imageDigest, lastStatus: 'RUNNING' };
    });
    const task: Task = {
      taskArn,
      clusterArn: cluster.arn,
      taskDefinitionArn: taskDefinition.taskDefinitionArn,
      group: options.group ?? `family:${taskDefinition.family}`,
      startedBy: options.startedBy,
      desiredStatus: 'RUNNING',
      lastStatus: 'RUNNING',
      launchType: 'FARGATE',
      createdAt: at,
      startedAt: at,
      containers,
      version: 1,
    };
    cluster.tasks.set(taskArn, task);
    if (problem !== undefined) this.stop(task, { reason: problem, code: 'TaskFailedToStart', at: options.at });
    return task;
  }

  stopTask(clusterName: string | undefined, name: string, options: { reason?: string; at?: Instant } = {}): Task {
    const cluster = this.cluster(clusterName);
    const task = cluster.tasks.get(name) ?? cluster.tasks.get(this.region.arn('ecs', `task/${cluster.name}/${name}`));
    if (!task) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
    this.stop(task, { ...options, code: 'UserInitiated' });
    return task;
  }

  stop(task: Task, options: { reason?: string; code: string; at?: Instant }): void {
    if (task.desiredStatus === 'STOPPED') return;
    const at = this.region.now(options.at) / 1000;
    Object.assign(task, { desiredStatus: 'STOPPED', lastStatus: 'STOPPED', stopCode: options.code, stoppedReason: options.reason, stoppingAt: at, stoppedAt: at });
    for (const container of task.containers) container.lastStatus = 'STOPPED';
  }

  /** What a deployment records: tags become digests once, for all tasks that it will ever start. */
  resolve(taskDefinition: TaskDefinition): ResolvedImage[] {
    return taskDefinition.containerDefinitions.map(({ name, image }) => {
      try {
        return { containerName: name, image, imageDigest: this.pull(image) };
      } catch {
        // Not resolved at deployment: its tasks will fail to start.
        return { containerName: name, image };
      }
    });
  }

  /** Identifiers differ from one account to the next, and are the same in each run of a test. */
  hexId(): string {
    return createHash('sha256').update(`${this.region.place.account}/${this.region.place.region}/${++this.counter}`).digest('hex').slice(0, 32);
  }

  numericId(): string {
    return BigInt(`0x${this.hexId().slice(0, 16)}`).toString().padStart(19, '1').slice(0, 19);
  }

  private pull(image: string, at?: Instant): string {
    // Another registry's image has a digest too, which nobody here knows.
    if (!parseImageUri(image)) return `sha256:${createHash('sha256').update(image).digest('hex')}`;
    return this.region.ecr.pull(image, { at }).digest;
  }
}
