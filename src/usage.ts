import { ALL_REVISIONS, DEFAULTS, EcsUsageSettings, LambdaUsageSettings, UsageSettings } from './contract/settings';
import { checkEnum, checkSelector, checkWholeNumber } from './private/validation';

/** An AWS service that may use images. */
export enum UsageService {
  /** Amazon ECS: tasks, services with their deployments and revisions, task sets and task definitions. */
  ECS = 'ecs',
  /** AWS Lambda: every version of every function that is packaged as an image. */
  LAMBDA = 'lambda',
}

/** Which active revisions of each task definition family count as used, beside all those that anything names. */
export class TaskDefinitionRevisions {
  /** Every active revision counts. The safest, and the slowest to read: AWS grants 20 task definitions a second. */
  public static all(): TaskDefinitionRevisions {
    return new TaskDefinitionRevisions(ALL_REVISIONS);
  }

  /**
   * The newest active revisions of each family count.
   *
   * @param count zero or a positive integer; at zero only what a task, a service, a task set or a deployment names counts, which is
   * warned about with `JanitorMode.ENFORCE`
   */
  public static newest(count: number): TaskDefinitionRevisions {
    checkWholeNumber('TaskDefinitionRevisions.newest(count)', count, { min: 0 });
    return new TaskDefinitionRevisions(count);
  }

  private constructor(
    /** @internal */
    public readonly _count: number,
  ) {}
}

/** Options of `UsageSource.ecs`. */
export interface EcsUsageOptions {
  /**
   * Names of clusters, or patterns of names: `*` is any run of characters, `?` exactly one. Images that are used elsewhere only
   * are then unknown to the janitor, and may be retired.
   *
   * @default ['*']
   */
  readonly clusters?: string[];

  /**
   * Task definition families, or patterns of them, whose newest revisions count as used. What runs, and what a service names,
   * counts in any case.
   *
   * @default ['*']
   */
  readonly taskDefinitionFamilies?: string[];

  /**
   * How many of the newest active revisions of each family count as used.
   *
   * @default TaskDefinitionRevisions.newest(5)
   */
  readonly taskDefinitionRevisions?: TaskDefinitionRevisions;
}

/** Options of `UsageSource.lambda`. */
export interface LambdaUsageOptions {
  /**
   * Names of functions, or patterns of names: `*` is any run of characters, `?` exactly one. Images that only other functions use
   * are then unknown to the janitor, and may be retired.
   *
   * @default ['*']
   */
  readonly functions?: string[];
}

/**
 * Where the janitor looks for what uses an image.
 *
 * A service that the `usage` prop does not mention is read whole: leaving something out never means that nothing uses an image.
 * To look away from a service, say so with `UsageSource.disabled`.
 */
export class UsageSource {
  /** Looks at Amazon ECS. */
  public static ecs(options: EcsUsageOptions = {}): UsageSource {
    return new UsageSource(UsageService.ECS, {
      enabled: true,
      clusters: options.clusters ?? DEFAULTS.clusters,
      taskDefinitionFamilies: options.taskDefinitionFamilies ?? DEFAULTS.taskDefinitionFamilies,
      taskDefinitionRevisions: options.taskDefinitionRevisions?._count ?? DEFAULTS.taskDefinitionRevisions,
    }, undefined);
  }

  /** Looks at AWS Lambda. */
  public static lambda(options: LambdaUsageOptions = {}): UsageSource {
    return new UsageSource(UsageService.LAMBDA, undefined, { enabled: true, functions: options.functions ?? DEFAULTS.functions });
  }

  /**
   * Does not look at this service: an image that nothing else keeps is retired even while the service uses it. For accounts in
   * which the service is not used, or where a policy denies reading it. Warned about at synth.
   */
  public static disabled(service: UsageService): UsageSource {
    checkEnum('UsageSource.disabled(service)', service, UsageService, 'UsageService');
    const source = service === UsageService.ECS ? UsageSource.ecs() : UsageSource.lambda();
    return new UsageSource(
      service,
      source._ecs && { ...source._ecs, enabled: false },
      source._lambda && { ...source._lambda, enabled: false },
    );
  }

  private constructor(
    /** The service that this source is about. */
    public readonly service: UsageService,
    /** @internal */
    public readonly _ecs: EcsUsageSettings | undefined,
    /** @internal */
    public readonly _lambda: LambdaUsageSettings | undefined,
  ) {}

  /**
   * Fills in this source's part.
   *
   * @internal
   */
  public _applyTo(usage: UsageSettings, path: string): UsageSettings {
    checkSelector(`${path}.clusters`, this._ecs?.clusters, 'cluster');
    checkSelector(`${path}.taskDefinitionFamilies`, this._ecs?.taskDefinitionFamilies, 'taskDefinitionFamily');
    checkSelector(`${path}.functions`, this._lambda?.functions, 'function');
    return { ecs: this._ecs ?? usage.ecs, lambda: this._lambda ?? usage.lambda };
  }
}
