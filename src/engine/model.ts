/** What the rooms of the engine hand to one another: settings → catalogue + usage → plan → sweep → report. */
import type { SourceProblem } from '../contract/report';

/** Where the engine runs: everything it reads and retires is in this account and region. */
export interface Identity {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** One manifest of an ECR repository: an image, an index, or an artefact. */
export interface Manifest {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Digest of the manifest that this one refers to (OCI 1.1 `subject`). */
  readonly subject?: string;
  readonly status: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'UNKNOWN';
  readonly lastRecordedPullTime?: number;
  /** When it last came back from the archive. */
  readonly activatedAt?: number;
  /** Of an index: the digests that it lists, or why they cannot be known. Absent for anything else. */
  readonly children?: IndexChildren;
}

export type IndexChildren = { readonly digests: readonly string[] } | { readonly unreadable: string };

export interface Repository {
  readonly name: string;
  readonly manifests: readonly Manifest[];
  /** Why the repository was not read whole; its images are then held. */
  readonly problems: readonly SourceProblem[];
}

export interface Catalogue {
  readonly identity: Identity;
  /** The repositories that a rule selects, by name. */
  readonly repositories: readonly Repository[];
  /** What was read wrong beyond a single repository (the list of repositories, say): nothing may then be retired. */
  readonly problems: readonly SourceProblem[];
  /** Rules or patterns that matched no repository. */
  readonly notes: readonly string[];
}

/** Evidence that something uses an image. */
export interface Reference {
  /** Name of the usage source. */
  readonly source: string;
  /** ARN of what uses the image. */
  readonly consumer: string;
  /** `task`, `service revision`, `function version`, … */
  readonly consumerKind: string;
  /** What the consumer named, in its own words. */
  readonly named: string;
  readonly target: ImageTarget;
}

/** What a reference resolved to. */
export type ImageTarget =
  | RepositoryTarget
  /** A digest alone: it protects that digest in every repository. */
  | { readonly kind: 'digest'; readonly digest: string }
  /** An image that is not in any ECR private registry (Docker Hub, ECR Public, …): protects nothing here, and is counted. */
  | { readonly kind: 'elsewhere' };

export interface RepositoryTarget {
  readonly kind: 'repository';
  /** The 12 digits of the registry's account. */
  readonly registry: string;
  readonly region: string;
  readonly repository: string;
  /** Present when the reference names a tag, or names neither tag nor digest (then `latest`). */
  readonly tag?: string;
  /** With a tag: the digest wins, and the tag is protected too. */
  readonly digest?: string;
}

/** What one usage source found. Problems make the source incomplete; references that were found count all the same. */
export interface SourceUsage {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly problems: readonly SourceProblem[];
  /** Patterns that matched nothing, and the like: reported, harmless. */
  readonly notes: readonly string[];
  /** What is uncertain about one repository alone: everything in it is held, and the source is complete all the same. */
  readonly doubts: readonly Doubt[];
}

/** Something uses an image of this repository, and which one cannot be told. */
export interface Doubt {
  /** Of this registry and region. */
  readonly repository: string;
  /** Who uses what, and what AWS does not tell about it. */
  readonly text: string;
}

export interface Usage {
  readonly sources: readonly (SourceUsage & { readonly enabled: boolean })[];
}
