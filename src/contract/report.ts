/**
 * The report of one run: the JSON that `--format json` prints and that the record keeps. Times are ISO 8601 in UTC, sizes are bytes.
 * Fields are only ever added within a version; a consumer ignores those that it does not know.
 */
import type { Mode } from './settings';

export const REPORT_VERSION = 1;

/**
 * How the run ended.
 * - `COMPLETE`: everything was read, everything planned was done.
 * - `FAILED`: the run could not go on, AWS refused something that was planned, a guard stopped the sweep, or a rule names a repository that
 *   is not there.
 * - `BAD_INPUT`: the settings or the command line are wrong; nothing was read.
 * - `INCOMPLETE`: something that could use an image could not be read, so nothing was retired where it matters.
 * - `PARTIAL`: the deadline came first, or somebody asked the run to end; the next run goes on.
 */
export type RunStatus = 'COMPLETE' | 'FAILED' | 'BAD_INPUT' | 'INCOMPLETE' | 'PARTIAL';

/** The exit status of the command line, by status of the run. */
export const EXIT_STATUS: Readonly<Record<RunStatus, number>> = { COMPLETE: 0, FAILED: 1, BAD_INPUT: 2, INCOMPLETE: 3, PARTIAL: 4 };

export interface Report {
  readonly schemaVersion: number;
  readonly run: RunReport;
  readonly repositories: readonly RepositoryReport[];
  readonly images: readonly ImageReport[];
}

export interface RunReport {
  /** Sorts by time: `20261122T081500Z-1a2b3c4d`. */
  readonly id: string;
  readonly janitor: string;
  readonly engineVersion: string;
  readonly mode: Mode;
  readonly status: RunStatus;
  readonly exitStatus: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly messages: readonly RunMessage[];
  /** One entry per source that the settings name: whether all of it was read. */
  readonly completeness: readonly SourceCompleteness[];
  readonly references: ReferenceCounts;
  /** Identifies the set of images that the plan retires; acknowledge it to pass the limits. Absent when nothing is to be retired. */
  readonly planHash?: string;
  readonly counts: Counts;
  readonly bytes: Bytes;
  readonly savings: Savings;
  readonly calls: readonly CallReport[];
  readonly phases: readonly PhaseReport[];
}

export interface RunMessage {
  readonly level: 'info' | 'warning' | 'error';
  /** Stable identifier, in kebab-case. */
  readonly code: string;
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

export interface SourceCompleteness {
  /** `ecr` for the catalogue; `ecs`, `lambda` for usage. */
  readonly source: string;
  readonly account: string;
  readonly region: string;
  readonly status: 'COMPLETE' | 'INCOMPLETE' | 'DISABLED';
  readonly references: number;
  readonly problems: readonly SourceProblem[];
}

/** What became of the references that were found. */
export interface ReferenceCounts {
  /** Protect an image of the catalogue. */
  readonly resolved: number;
  /** Name another registry, account or region: they protect nothing here. */
  readonly elsewhere: number;
  /** Name a repository of this registry that no rule selects. */
  readonly outOfScope: number;
  /** Name a tag or a digest that its repository does not have. */
  readonly dangling: number;
}

export interface SourceProblem {
  readonly text: string;
  readonly fix?: string;
  /** `ecs:DescribeTasks`, for example, when AWS denied it. */
  readonly missingAction?: string;
}

/** Numbers of manifests, by verdict and outcome. */
export interface Counts {
  readonly repositories: number;
  readonly images: number;
  readonly keep: number;
  readonly hold: number;
  readonly delete: number;
  readonly deleted: number;
  readonly dropped: number;
  readonly failed: number;
}

/** Sums of manifest sizes: an upper bound of what is stored, because images share layers. An index itself counts as nothing. */
export interface Bytes {
  readonly total: number;
  readonly keep: number;
  readonly hold: number;
  readonly delete: number;
  readonly deleted: number;
}

/** Upper bounds (shared layers are counted for each image that has them), in US dollars a month. */
export interface Savings {
  readonly projectedMonthly: number;
  readonly realisedMonthly: number;
  readonly pricePerGbMonth: number;
  /** What the price is and when it was read. */
  readonly priceNote: string;
}

export interface CallReport {
  readonly service: string;
  readonly operation: string;
  readonly count: number;
  readonly retries: number;
  readonly errors: number;
}

export interface PhaseReport {
  readonly name: string;
  readonly milliseconds: number;
}

export interface RepositoryReport {
  readonly name: string;
  /** Name of the rule that decides; absent when the repository is out of scope. */
  readonly rule?: string;
  readonly counts: Counts;
  readonly bytes: Bytes;
}

/** What the janitor decided. This version of the engine yields `keep`, `hold` and `delete` for container images. */
export type Verdict = 'keep' | 'hold' | 'archive' | 'deprecate' | 'disable' | 'delete';

export type ReasonCode =
  // keep
  | 'referenced' // something uses it
  | 'keep-tag' // a tag matches keepTags
  | 'not-expired' // pushed within expireAfter or expireUntaggedAfter
  | 'keep-latest' // one of the newest tagged images
  | 'safety-age' // younger than the floor that no rule undercuts
  | 'last-tagged-image' // the repository would lose its last tagged image
  | 'kept-by-parent' // part of an image that stays
  | 'orphaned-referrer' // refers to an image that is gone; no rule is set for those
  // hold
  | 'usage-incomplete' // a source that could name it was not read whole
  | 'catalogue-incomplete' // the repository was not read whole
  | 'unknown-media-type'
  | 'unknown-artifact-type'
  | 'unreadable-index' // an index in the repository could not be read or parsed: its children are unknown
  | 'missing-child' // an index names a child that is not in the repository
  | 'contradictory-graph' // the repository's manifests refer to each other in a circle
  | 'not-active' // archived, or being restored
  | 'held-by-parent' // part of an image that is held
  // delete
  | 'expired'
  | 'expired-untagged'
  | 'parent-expired'; // part of images that all go

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

export interface ImageReport {
  readonly kind: 'CONTAINER_IMAGE';
  /** `repository@sha256:…` */
  readonly id: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** A root decides; a child (of an index) and a referrer (signature, attestation, SOCI index, …) follow their roots. */
  readonly role: 'root' | 'child' | 'referrer';
  /** Digests of the roots it belongs to; its own for a root. */
  readonly roots: readonly string[];
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly sizeBytes: number;
  readonly pushedAt: string;
  readonly lastRecordedPullTime?: string;
  readonly rule: string;
  readonly verdict: Verdict;
  /** All reasons, not only the first. */
  readonly reasons: readonly Reason[];
  readonly references: readonly ReferenceReport[];
  readonly outcome: Outcome;
}

export interface ReferenceReport {
  readonly source: string;
  /** ARN of what uses the image. */
  readonly consumer: string;
  /** `task`, `service revision`, `function version`, … */
  readonly consumerKind: string;
  /** What the consumer named, in its own words. */
  readonly named: string;
  /** Whether it protects this image by digest, or by a tag that the image bears now. */
  readonly by: 'digest' | 'tag';
}

export interface Outcome {
  /**
   * - `none`: nothing was to be done.
   * - `planned`: would be retired; the mode is REPORT_ONLY.
   * - `deleted`: AWS said so, or a re-listing shows it gone.
   * - `dropped`: something changed between plan and sweep, so it stays.
   * - `refused`: AWS refused, with its code.
   * - `not-attempted`: a guard, the deadline or a failure stopped the sweep first.
   */
  readonly status: 'none' | 'planned' | 'deleted' | 'dropped' | 'refused' | 'not-attempted';
  readonly code?: string;
  readonly text?: string;
}
