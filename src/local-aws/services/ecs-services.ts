/** Services: their deployments, revisions and task sets. */
import type { EcsAccount, Task } from './ecs-account';
import { AwsError, type Json } from '../call';
import type { Instant } from '../world';

export interface EcsService extends Json {
  readonly serviceArn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  taskDefinition?: string;
  desiredCount: number;
  status: string;
  deployments: Json[];
  taskSets: Json[];
  readonly deploymentController: { readonly type: string };
}

export interface CreateServiceOptions {
  readonly cluster?: string;
  readonly serviceName: string;
  readonly taskDefinition?: string;
  /** @default 1 */
  readonly desiredCount?: number;
  /** `ECS` rolls; `CODE_DEPLOY` and `EXTERNAL` work with task sets. */
  readonly controller?: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly at?: Instant;
}

export interface UpdateServiceOptions {
  readonly cluster?: string;
  readonly service: string;
  readonly taskDefinition?: string;
  readonly desiredCount?: number;
  readonly forceNewDeployment?: boolean;
  /** Leave the deployment under way, with the tasks of both; `completeDeployment` ends it. */
  readonly inProgress?: boolean;
  readonly at?: Instant;
}

const SCALED_IN = { reason: 'Scaling activity initiated by deployment', code: 'ServiceSchedulerInitiated' };

export class EcsServices {
  readonly all = new Map<string, EcsService>();
  /** By ARN, the oldest first. */
  readonly deployments = new Map<string, Json>();
  readonly revisions = new Map<string, Json>();

  constructor(private readonly account: EcsAccount) {}

  find(clusterName: string | undefined, service: string): EcsService | undefined {
    if (service.startsWith('arn:')) return this.all.get(service);
    const cluster = (clusterName ?? 'default').split('/').pop()!;
    return this.all.get(this.account.region.arn('ecs', `service/${cluster}/${service}`));
  }

  get(clusterName: string | undefined, service: string): EcsService {
    const found = this.find(clusterName, service);
    if (!found) throw new AwsError('ServiceNotFoundException', 'Service not found.');
    return found;
  }

  create(options: CreateServiceOptions): EcsService {
    const cluster = this.account.createCluster((options.cluster ?? 'default').split('/').pop());
    const serviceArn = this.account.region.arn('ecs', `service/${cluster.name}/${options.serviceName}`);
    if (this.all.has(serviceArn)) throw new AwsError('InvalidParameterException', 'Creation of service was not idempotent.');
    const controller = options.controller ?? 'ECS';
    if (controller !== 'EXTERNAL' && !options.taskDefinition) throw new AwsError('InvalidParameterException', 'TaskDefinition can not be blank.');
    const service: EcsService = {
      serviceArn,
      serviceName: options.serviceName,
      clusterArn: cluster.arn,
      status: 'ACTIVE',
      desiredCount: options.desiredCount ?? 1,
      launchType: 'FARGATE',
      deploymentController: { type: controller },
      deployments: [],
      taskSets: [],
      createdAt: this.account.region.now(options.at) / 1000,
      events: [],
      schedulingStrategy: 'REPLICA',
    };
    this.all.set(serviceArn, service);
    if (controller === 'ECS') this.deploy(service, options.taskDefinition!, options);
    else if (controller === 'CODE_DEPLOY') this.createTaskSet({ service: serviceArn, taskDefinition: options.taskDefinition!, primary: true, at: options.at });
    return service;
  }

  update(options: UpdateServiceOptions): EcsService {
    const service = this.get(options.cluster, options.service);
    if (options.desiredCount !== undefined) service.desiredCount = options.desiredCount;
    const { type } = service.deploymentController;
    if (type !== 'ECS' && options.taskDefinition) {
      throw new AwsError('InvalidParameterException', `Unable to update task definition on services with a ${type} deployment controller. Use AWS CodeDeploy to trigger a new deployment.`);
    }
    if (options.taskDefinition || options.forceNewDeployment) this.deploy(service, options.taskDefinition ?? service.taskDefinition!, options);
    else this.scale(service, options.at);
    return service;
  }

  /** Ends what `inProgress` began: the old tasks stop. */
  completeDeployment(clusterName: string | undefined, name: string, options: { at?: Instant } = {}): void {
    const service = this.get(clusterName, name);
    const at = this.account.region.now(options.at) / 1000;
    for (const deployment of service.deployments.splice(1)) this.stopTasks(service, (task) => task.startedBy === deployment.id, options.at);
    const [primary] = service.deployments;
    if (primary) Object.assign(primary, { rolloutState: 'COMPLETED', rolloutStateReason: `ECS deployment ${primary.id} completed.`, updatedAt: at });
    const current = this.deployments.get(service.currentServiceDeployment);
    if (current) Object.assign(current, { status: 'SUCCESSFUL', finishedAt: at, updatedAt: at });
    service.currentServiceRevisions = current ? [current.targetServiceRevision] : [];
  }

  createTaskSet(options: { cluster?: string; service: string; taskDefinition: string; externalId?: string; primary?: boolean; at?: Instant }): Json {
    const service = this.get(options.cluster, options.service);
    if (service.deploymentController.type === 'ECS') {
      throw new AwsError('InvalidParameterException', 'createTaskSet is not supported for a service with the ECS deployment controller.');
    }
    const at = this.account.region.now(options.at) / 1000;
    const { taskDefinitionArn } = this.account.taskDefinition(options.taskDefinition);
    const id = `ecs-svc/${this.account.numericId()}`;
    const [, path] = service.serviceArn.split(':service/');
    const taskSet = {
      id,
      taskSetArn: this.account.region.arn('ecs', `task-set/${path}/${id}`),
      serviceArn: service.serviceArn,
      clusterArn: service.clusterArn,
      externalId: options.externalId,
      status: options.primary ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: taskDefinitionArn,
      computedDesiredCount: service.desiredCount,
      pendingCount: 0,
      runningCount: service.desiredCount,
      createdAt: at,
      updatedAt: at,
      launchType: 'FARGATE',
      scale: { value: 100, unit: 'PERCENT' },
      stabilityStatus: 'STEADY_STATE',
    };
    if (options.primary) {
      for (const other of service.taskSets) other.status = 'ACTIVE';
      if (service.deploymentController.type === 'CODE_DEPLOY') service.taskDefinition = taskDefinitionArn;
    }
    service.taskSets.push(taskSet);
    this.startTasks(service, taskDefinitionArn, id, service.desiredCount, options.at);
    return taskSet;
  }

  describe(service: EcsService): Json {
    const tasks = this.tasksOf(service).filter((task) => task.desiredStatus === 'RUNNING');
    const running = (startedBy?: string) => tasks.filter((task) => !startedBy || task.startedBy === startedBy).length;
    const count = (each: Json) => ({ ...each, runningCount: running(each.id), pendingCount: 0 });
    return {
      ...service,
      runningCount: running(),
      pendingCount: 0,
      deployments: service.deployments.map(count),
      taskSets: service.deploymentController.type === 'ECS' ? undefined : service.taskSets.map(count),
    };
  }

  private deploy(service: EcsService, taskDefinitionName: string, options: { inProgress?: boolean; at?: Instant }): void {
    const at = this.account.region.now(options.at) / 1000;
    const taskDefinition = this.account.taskDefinition(taskDefinitionName);
    const [, path] = service.serviceArn.split(':service/');
    const revision = {
      serviceRevisionArn: this.account.region.arn('ecs', `service-revision/${path}/${this.account.numericId()}`),
      serviceArn: service.serviceArn,
      clusterArn: service.clusterArn,
      taskDefinition: taskDefinition.taskDefinitionArn,
      launchType: 'FARGATE',
      containerImages: this.account.resolve(taskDefinition),
      createdAt: at,
    };
    this.revisions.set(revision.serviceRevisionArn, revision);
    const { desiredCount } = service;
    const summary = { arn: revision.serviceRevisionArn, requestedTaskCount: desiredCount, runningTaskCount: desiredCount, pendingTaskCount: 0 };
    const deployment = {
      serviceDeploymentArn: this.account.region.arn('ecs', `service-deployment/${path}/${this.account.hexId().slice(0, 21)}`),
      serviceArn: service.serviceArn,
      clusterArn: service.clusterArn,
      createdAt: at,
      startedAt: at,
      updatedAt: at,
      sourceServiceRevisions: service.currentServiceRevisions ?? [],
      targetServiceRevision: summary,
      status: 'IN_PROGRESS',
    };
    this.deployments.set(deployment.serviceDeploymentArn, deployment);
    for (const other of service.deployments) other.status = 'ACTIVE';
    const id = `ecs-svc/${this.account.numericId()}`;
    service.deployments.unshift({
      id,
      status: 'PRIMARY',
      taskDefinition: taskDefinition.taskDefinitionArn,
      desiredCount,
      failedTasks: 0,
      createdAt: at,
      updatedAt: at,
      launchType: 'FARGATE',
      rolloutState: 'IN_PROGRESS',
    });
    service.taskDefinition = taskDefinition.taskDefinitionArn;
    service.currentServiceDeployment = deployment.serviceDeploymentArn;
    service.currentServiceRevisions = [...service.currentServiceRevisions ?? [], summary];
    this.startTasks(service, taskDefinition.taskDefinitionArn, id, desiredCount, options.at, revision.serviceRevisionArn);
    if (!options.inProgress) this.completeDeployment(undefined, service.serviceArn, { at: options.at });
  }

  private scale(service: EcsService, at?: Instant): void {
    const [primary] = service.deployments;
    if (!primary) return;
    primary.desiredCount = service.desiredCount;
    const running = this.tasksOf(service).filter((task) => task.startedBy === primary.id && task.desiredStatus === 'RUNNING');
    for (const task of running.slice(service.desiredCount)) this.account.stop(task, { ...SCALED_IN, at });
    const revision = this.deployments.get(service.currentServiceDeployment)?.targetServiceRevision.arn;
    this.startTasks(service, primary.taskDefinition, primary.id, service.desiredCount - running.length, at, revision);
  }

  private startTasks(service: EcsService, taskDefinition: string, startedBy: string, count: number, at?: Instant, revisionArn?: string): void {
    const images: Json[] = this.revisions.get(revisionArn ?? '')?.containerImages ?? [];
    const digests = Object.fromEntries(images.map((image) => [image.containerName, image.imageDigest]));
    for (let started = 0; started < count; started++) {
      this.account.runTask({ cluster: service.clusterArn, taskDefinition, group: `service:${service.serviceName}`, startedBy, digests, at });
    }
  }

  private stopTasks(service: EcsService, which: (task: Task) => boolean, at?: Instant): void {
    for (const task of this.tasksOf(service).filter(which)) this.account.stop(task, { ...SCALED_IN, at });
  }

  private tasksOf(service: EcsService): Task[] {
    return [...this.account.cluster(service.clusterArn).tasks.values()].filter((task) => task.group === `service:${service.serviceName}`);
  }
}
