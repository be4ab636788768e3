import { z } from 'zod';
import { REPORT_VERSION, type Report } from '../../contract/report';

const count = z.number().int().min(0);
const time = z.iso.datetime().describe('ISO 8601, in UTC');
const digest = z.string().describe('`sha256:…`');

const counts = z.object({
  repositories: count, images: count, keep: count, hold: count, delete: count, deleted: count, dropped: count, failed: count,
}).describe('Numbers of manifests, by verdict and outcome');

const bytes = z.object({ total: count, keep: count, hold: count, delete: count, deleted: count })
  .describe('Sums of manifest sizes: an upper bound of what is stored, because images share layers');

const message = z.object({
  level: z.enum(['info', 'warning', 'error']),
  code: z.string().describe('Stable identifier, in kebab-case'),
  text: z.string(),
  fix: z.string().optional().describe('What to do about it'),
});

const completeness = z.object({
  source: z.string().describe('`ecr` for the catalogue; `ecs`, `lambda` for usage'),
  account: z.string(),
  region: z.string(),
  status: z.enum(['COMPLETE', 'INCOMPLETE', 'DISABLED']),
  references: count,
  problems: z.array(z.object({
    text: z.string(),
    fix: z.string().optional(),
    missingAction: z.string().optional().describe('IAM action that AWS denied'),
  })),
});

const run = z.object({
  id: z.string().describe('Sorts by time'),
  janitor: z.string(),
  engineVersion: z.string(),
  mode: z.enum(['REPORT_ONLY', 'ENFORCE']),
  status: z.enum(['COMPLETE', 'FAILED', 'BAD_INPUT', 'INCOMPLETE', 'PARTIAL']),
  exitStatus: z.number().int().min(0).max(4),
  startedAt: time,
  finishedAt: time,
  partition: z.string(),
  account: z.string(),
  region: z.string(),
  messages: z.array(message),
  completeness: z.array(completeness).describe('One entry per source: whether all of it was read'),
  references: z.object({
    resolved: count.describe('Protect an image of the catalogue'),
    elsewhere: count.describe('Name another registry, account or region: they protect nothing here'),
    outOfScope: count.describe('Name a repository of this registry that no rule selects'),
    dangling: count.describe('Name a tag or a digest that its repository does not have'),
  }).describe('What became of the references that were found'),
  planHash: z.string().optional().describe('Identifies the set of images that the plan retires; acknowledge it to pass the limits'),
  counts,
  bytes,
  savings: z.object({
    projectedMonthly: z.number(),
    realisedMonthly: z.number(),
    pricePerGbMonth: z.number(),
    priceNote: z.string().describe('What the price is and when it was read'),
  }).describe('Upper bounds, in US dollars a month'),
  calls: z.array(z.object({ service: z.string(), operation: z.string(), count, retries: count, errors: count })),
  phases: z.array(z.object({ name: z.string(), milliseconds: z.number() })),
});

const repository = z.object({
  name: z.string(),
  rule: z.string().optional().describe('Name of the rule that decides; absent when the repository is out of scope'),
  counts,
  bytes,
});

const image = z.object({
  kind: z.literal('CONTAINER_IMAGE'),
  id: z.string().describe('`repository@sha256:…`'),
  repository: z.string(),
  digest,
  tags: z.array(z.string()),
  role: z.enum(['root', 'child', 'referrer']).describe('A root decides; a child of an index and a referrer (a signature, say) follow their roots'),
  roots: z.array(digest).describe('Digests of the roots it belongs to; its own for a root'),
  mediaType: z.string(),
  artifactType: z.string().optional(),
  sizeBytes: count,
  pushedAt: time,
  lastRecordedPullTime: time.optional(),
  rule: z.string(),
  verdict: z.enum(['keep', 'hold', 'archive', 'deprecate', 'disable', 'delete']),
  reasons: z.array(z.object({
    code: z.enum([
      'referenced', 'keep-tag', 'not-expired', 'keep-latest', 'safety-age', 'last-tagged-image', 'kept-by-parent', 'orphaned-referrer',
      'usage-incomplete', 'catalogue-incomplete', 'unknown-media-type', 'unknown-artifact-type', 'unreadable-index', 'missing-child',
      'contradictory-graph', 'not-active', 'held-by-parent',
      'expired', 'expired-untagged', 'parent-expired',
    ]),
    text: z.string(),
  })).describe('All reasons, not only the first'),
  references: z.array(z.object({
    source: z.string(),
    consumer: z.string().describe('ARN of what uses the image'),
    consumerKind: z.string(),
    named: z.string().describe('What the consumer named, in its own words'),
    by: z.enum(['digest', 'tag']).describe('Whether it protects this image by digest, or by a tag that the image bears now'),
  })),
  outcome: z.object({
    status: z.enum(['none', 'planned', 'deleted', 'dropped', 'refused', 'not-attempted']),
    code: z.string().optional().describe("AWS's error code"),
    text: z.string().optional(),
  }),
});

/** The report as a schema. Fields that it does not know are allowed: a newer engine may add some within a version. */
export const reportSchema = z.object({
  schemaVersion: z.number().int().min(1).max(REPORT_VERSION),
  run,
  repositories: z.array(repository),
  images: z.array(image),
});

/** The JSON Schema in docs/report.schema.json. */
export function reportJsonSchema(): object {
  return {
    $id: 'https://raw.githubusercontent.com/cdk-image-janitor/cdk-image-janitor/main/docs/report.schema.json',
    title: `Report of one run of cdk-image-janitor, version ${REPORT_VERSION}`,
    // As input: the schema of the output would forbid fields that are added later.
    ...z.toJSONSchema(reportSchema, { io: 'input' }),
  };
}

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile when the schema and the contract differ. */
export const SCHEMA_IS_THE_CONTRACT: Equal<DeepReadonly<z.output<typeof reportSchema>>, DeepReadonly<Report>> = true;
