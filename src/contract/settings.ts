/**
 * The settings document: what the construct writes at synth, what CloudFormation resolves at deploy, what the engine reads at the
 * start of each run, and what a `--settings` file holds. Durations are ISO 8601 (`P14D`, `PT36H`), so that a diff of the document
 * reads like the props. The engine validates it (src/engine/settings.ts) and refuses a version newer than its own.
 */
export const SETTINGS_VERSION = 1;

/** `REPORT_ONLY` plans and reports; `ENFORCE` also retires. */
export type Mode = 'REPORT_ONLY' | 'ENFORCE';

export interface Settings {
  readonly version: number;
  /** Names the janitor in reports and metrics: the stack's name and the construct's path below it. */
  readonly name: string;
  readonly mode: Mode;
  /** In order: the first rule that selects a repository decides on its images. */
  readonly containerImages: readonly ContainerImageRuleSettings[];
  readonly usage: UsageSettings;
  readonly guards: GuardSettings;
  readonly record?: RecordSettings;
}

export interface ContainerImageRuleSettings {
  /** Names the rule in reasons; unique. */
  readonly name: string;
  /** Repository names; `*` matches any run of characters (slashes too), `?` exactly one, as in an IAM policy. */
  readonly repositories: readonly string[];
  readonly expireAfter: string;
  /** The number of newest tagged images that always remain in each repository. */
  readonly keepLatest: number;
  /** Tags, or patterns of tags, that are never retired. */
  readonly keepTags: readonly string[];
  /** For images that bear no tag. */
  readonly expireUntaggedAfter: string;
}

export interface UsageSettings {
  readonly ecs: EcsUsageSettings;
  readonly lambda: LambdaUsageSettings;
}

export interface EcsUsageSettings {
  readonly enabled: boolean;
  /** Cluster names or patterns. */
  readonly clusters: readonly string[];
  /** Task definition families or patterns. */
  readonly taskDefinitionFamilies: readonly string[];
  /** How many of the newest active revisions of each family count as used; `-1` means all of them. */
  readonly taskDefinitionRevisions: number;
}

export interface LambdaUsageSettings {
  readonly enabled: boolean;
  /** Function names or patterns. */
  readonly functions: readonly string[];
}

export interface GuardSettings {
  /** The most that one run may retire of one repository, in percent of its images. 100 switches the guard off. */
  readonly maxRetirePercent: number;
  /** The most images that one run may retire. */
  readonly maxRetireCount: number;
  /** No image younger than this is ever retired, whatever a rule says. */
  readonly safetyAge: string;
  /** Hash of a recorded plan whose images are exempt from the two limits above. */
  readonly acknowledgePlan?: string;
}

export interface RecordSettings {
  /** Name of the record bucket. */
  readonly bucket: string;
  /** Put before every key, with a slash between: janitors that share a bucket keep apart. Left out, the keys begin at the bucket's root. */
  readonly prefix?: string;
}

/** Every default in one place: the props' `@default`s, the settings file and the docs say these. */
export const DEFAULTS = {
  mode: 'REPORT_ONLY' as Mode,
  keepLatest: 5,
  keepTags: ['latest'],
  clusters: ['*'],
  taskDefinitionFamilies: ['*'],
  taskDefinitionRevisions: 5,
  functions: ['*'],
  maxRetirePercent: 50,
  maxRetireCount: 1000,
  safetyAge: 'P1D',
} as const;

/** `taskDefinitionRevisions`: every active revision counts. */
export const ALL_REVISIONS = -1;

/** Hash of a plan to acknowledge, for one run that cannot be given an argument (a CodeBuild build). */
export const ACKNOWLEDGE_VARIABLE = 'CDK_IMAGE_JANITOR_ACKNOWLEDGE_PLAN';
/** How the deployed engine finds its settings: `appconfig://APPLICATION/PROFILE/VERSION`, or a file. */
export const SETTINGS_VARIABLE = 'CDK_IMAGE_JANITOR_SETTINGS';
/** `Metadata` key of the template's resource that carries the settings; its value is `{ construct: PATH }`. */
export const SETTINGS_METADATA = 'cdk-image-janitor:settings';
/** Namespace of the metrics that the engine writes to its log in the embedded metric format, by dimension `Janitor`. */
export const METRIC_NAMESPACE = 'CdkImageJanitor';
export const METRIC_DIMENSION = 'Janitor';
export const METRICS = {
  runs: 'Runs',
  retiredImages: 'RetiredImages',
  reclaimedBytes: 'ReclaimedBytes',
  heldImages: 'HeldImages',
  failures: 'Failures',
} as const;
