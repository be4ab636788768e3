import { Duration } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';

/**
 * Which container images of Amazon ECR a janitor looks at, and which of them it keeps.
 *
 * Rules are read in order: the first rule that selects a repository decides on all of its images. Whatever a rule says, an image
 * that anything still uses, and an image that the janitor cannot be certain about, is never retired.
 */
export interface ContainerImageRule {
  /**
   * Names of repositories in this account and region, or patterns of names: `*` is any run of characters (slashes too), `?`
   * exactly one. A pattern covers repositories that are created later; a name that matches no repository is an error of its rule
   * in each run.
   *
   * Shape: 2 to 256 characters out of `a-z 0-9 . _ - /`, and `*` and `?`.
   *
   * @default - only `ecrRepositories`; one of the two must be given
   */
  readonly repositories?: string[];

  /**
   * Repositories of this app, or imported ones, beside those that `repositories` names. They must be in the janitor's account and
   * region.
   *
   * @default - only `repositories`; one of the two must be given
   */
  readonly ecrRepositories?: ecr.IRepository[];

  /**
   * An image may be retired when it was pushed longer ago than this, unless something else keeps it. Whole seconds or larger units.
   */
  readonly expireAfter: Duration;

  /**
   * The number of newest tagged images that always remain in each repository, newest by push time, whatever else keeps them. Zero
   * or a positive integer; the last tagged image of a repository stays even at zero.
   *
   * @default 5
   */
  readonly keepLatest?: number;

  /**
   * Tags that are never retired, or patterns of tags: `*` is any run of characters, `?` exactly one. An empty list keeps no tag
   * for its name.
   *
   * @default ['latest']
   */
  readonly keepTags?: string[];

  /**
   * As `expireAfter`, for images that bear no tag.
   *
   * @default - the same as `expireAfter`
   */
  readonly expireUntaggedAfter?: Duration;

  /**
   * Names the rule in reasons and in the report. 1 to 64 characters; unique within the janitor.
   *
   * @default - the rule's place, for example `containerImages[0]`
   */
  readonly ruleName?: string;
}
