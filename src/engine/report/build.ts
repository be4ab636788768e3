import { EXIT_STATUS, REPORT_VERSION, type Bytes, type Counts, type ImageReport, type Outcome, type PhaseReport, type ReferenceCounts, type Report, type RepositoryReport, type RunMessage, type RunStatus, type SourceCompleteness } from '../../contract/report';
import type { Settings } from '../../contract/settings';
import { BYTES_PER_GB } from '../../contract/sizes';
import type { Clients } from '../aws/clients';
import type { Catalogue, Identity, Usage } from '../model';
import { isIndex } from '../plan/media-types';
import { imageId, type Plan } from '../plan/plan';
import type { PlannedRepository } from '../plan/repository';
import { ENGINE_VERSION } from '../version';

/** US dollars for a gigabyte and month of ECR private storage. */
const PRICE_PER_GB_MONTH = 0.10;
const PRICE_NOTE = 'Amazon ECR private storage, standard class, us-east-1, as published in November 2026; layers that images share are counted for each of them, so the figure is an upper bound';

export interface ReportInput {
  readonly id: string;
  readonly settings: Settings;
  readonly identity: Identity;
  readonly clients: Clients;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly status: RunStatus;
  readonly messages: readonly RunMessage[];
  readonly phases: readonly PhaseReport[];
  readonly catalogue?: Catalogue;
  readonly usage?: Usage;
  readonly plan?: Plan;
  readonly references: ReferenceCounts;
  /** By image ID, of images that the plan retires. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export function buildReport(input: ReportInput): Report {
  const repositories = input.plan?.repositories ?? [];
  const reported = repositories.map((repository) => ({ repository, images: imageReports(repository, input) }));
  const images = reported.flatMap((entry) => entry.images);
  const bytes = sumBytes(images);
  return {
    schemaVersion: REPORT_VERSION,
    run: {
      id: input.id,
      janitor: input.settings.name,
      engineVersion: ENGINE_VERSION,
      mode: input.settings.mode,
      status: input.status,
      exitStatus: EXIT_STATUS[input.status],
      startedAt: new Date(input.startedAt).toISOString(),
      finishedAt: new Date(input.finishedAt).toISOString(),
      ...input.identity,
      messages: input.messages,
      completeness: completeness(input),
      references: input.references,
      planHash: input.plan?.hash,
      counts: count(images, repositories.length),
      bytes,
      savings: {
        projectedMonthly: monthlyPrice(bytes.delete),
        realisedMonthly: monthlyPrice(bytes.deleted),
        pricePerGbMonth: PRICE_PER_GB_MONTH,
        priceNote: PRICE_NOTE,
      },
      calls: input.clients.calls.report(),
      phases: input.phases,
    },
    repositories: reported.map((entry): RepositoryReport => ({
      name: entry.repository.name, rule: entry.repository.rule, counts: count(entry.images, 1), bytes: sumBytes(entry.images),
    })),
    images,
  };
}

function imageReports(repository: PlannedRepository, { outcomes, settings }: ReportInput): ImageReport[] {
  const untouched: Outcome = { status: settings.mode === 'ENFORCE' ? 'not-attempted' : 'planned' };
  return repository.images.map((image): ImageReport => {
    const { manifest } = image;
    const id = imageId(repository.name, manifest.digest);
    return {
      kind: 'CONTAINER_IMAGE',
      id,
      repository: repository.name,
      digest: manifest.digest,
      tags: manifest.tags,
      role: image.role,
      roots: image.roots,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      sizeBytes: manifest.sizeBytes,
      pushedAt: new Date(manifest.pushedAt).toISOString(),
      lastRecordedPullTime: manifest.lastRecordedPullTime === undefined ? undefined : new Date(manifest.lastRecordedPullTime).toISOString(),
      rule: repository.rule,
      verdict: image.verdict,
      reasons: image.reasons,
      references: image.references.map(({ reference, by }) => ({
        source: reference.source, consumer: reference.consumer, consumerKind: reference.consumerKind, named: reference.named, by,
      })),
      outcome: outcomes.get(id) ?? (image.verdict === 'delete' ? untouched : { status: 'none' }),
    };
  });
}

/** What the janitor reads, and whether it read it whole. */
function completeness({ catalogue, usage, identity: { account, region } }: ReportInput): SourceCompleteness[] {
  const sources: SourceCompleteness[] = [];
  if (catalogue) {
    const problems = [...catalogue.problems, ...catalogue.repositories.flatMap((repository) => repository.problems)];
    sources.push({ source: 'ecr', account, region, status: problems.length > 0 ? 'INCOMPLETE' : 'COMPLETE', references: 0, problems });
  }
  for (const { source, enabled, references, problems } of usage?.sources ?? []) {
    const status = !enabled ? 'DISABLED' : problems.length > 0 ? 'INCOMPLETE' : 'COMPLETE';
    sources.push({ source, account, region, status, references: references.length, problems });
  }
  return sources;
}

function count(images: readonly ImageReport[], repositories: number): Counts {
  const verdicts = (verdict: string) => images.filter((image) => image.verdict === verdict).length;
  const outcomes = (...statuses: string[]) => images.filter(({ outcome }) => statuses.includes(outcome.status)).length;
  return {
    repositories,
    images: images.length,
    keep: verdicts('keep'),
    hold: verdicts('hold'),
    delete: verdicts('delete'),
    deleted: outcomes('deleted'),
    dropped: outcomes('dropped'),
    failed: outcomes('refused', 'not-attempted'),
  };
}

function sumBytes(images: readonly ImageReport[]): Bytes {
  // ECR gives an index the size of its largest child: adding it would count that child twice.
  const counted = images.filter(({ mediaType }) => !isIndex(mediaType));
  const sum = (which: (image: ImageReport) => boolean) => counted.reduce((total, image) => total + (which(image) ? image.sizeBytes : 0), 0);
  return {
    total: sum(() => true),
    keep: sum(({ verdict }) => verdict === 'keep'),
    hold: sum(({ verdict }) => verdict === 'hold'),
    delete: sum(({ verdict }) => verdict === 'delete'),
    deleted: sum(({ outcome }) => outcome.status === 'deleted'),
  };
}

function monthlyPrice(bytes: number): number {
  return Math.round((bytes / BYTES_PER_GB) * PRICE_PER_GB_MONTH * 100) / 100;
}
