import type { Counts, ImageReport, Outcome, ReasonCode, Report, RunReport, Verdict } from '../../../src/contract/report';

/** Digests that look like digests, and are the same in every run. */
export function digest(seed: string): string {
  return `sha256:${Buffer.from(seed.padEnd(32, '.')).toString('hex').slice(0, 64)}`;
}

export function sampleImage(
  repository: string, seed: string, verdict: Verdict, codes: readonly ReasonCode[], more: Partial<ImageReport> = {},
): ImageReport {
  const outcome: Outcome = { status: verdict === 'delete' ? 'planned' : 'none' };
  return {
    kind: 'CONTAINER_IMAGE',
    id: `${repository}@${digest(seed)}`,
    repository,
    digest: digest(seed),
    tags: [],
    role: 'root',
    roots: [digest(seed)],
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    sizeBytes: 120_500_000,
    pushedAt: '2026-09-01T00:00:00.000Z',
    rule: 'apps',
    verdict,
    reasons: codes.map((code) => ({ code, text: `text of ${code}` })),
    references: [],
    outcome,
    ...more,
  };
}

const counts = (images: readonly ImageReport[], repositories: number): Counts => ({
  repositories,
  images: images.length,
  keep: images.filter(({ verdict }) => verdict === 'keep').length,
  hold: images.filter(({ verdict }) => verdict === 'hold').length,
  delete: images.filter(({ verdict }) => verdict === 'delete').length,
  deleted: images.filter(({ outcome }) => outcome.status === 'deleted').length,
  dropped: images.filter(({ outcome }) => outcome.status === 'dropped').length,
  failed: images.filter(({ outcome }) => outcome.status === 'refused').length,
});

const bytes = (images: readonly ImageReport[]) => {
  const sum = (which: (image: ImageReport) => boolean) => images.filter(which).reduce((total, { sizeBytes, mediaType }) => total + (mediaType.includes('index') ? 0 : sizeBytes), 0);
  return {
    total: sum(() => true),
    keep: sum(({ verdict }) => verdict === 'keep'),
    hold: sum(({ verdict }) => verdict === 'hold'),
    delete: sum(({ verdict }) => verdict === 'delete'),
    deleted: sum(({ outcome }) => outcome.status === 'deleted'),
  };
};

export const SAMPLE_IMAGES: readonly ImageReport[] = [
  sampleImage('example-app', 'index-old', 'delete', ['expired'], { tags: ['v1.0.0', '2026-09-01'], mediaType: 'application/vnd.oci.image.index.v1+json' }),
  sampleImage('example-app', 'child-arm', 'delete', ['parent-expired'], { role: 'child', roots: [digest('index-old')] }),
  sampleImage('example-app', 'child-amd', 'delete', ['parent-expired'], { role: 'child', roots: [digest('index-old')], sizeBytes: 130_000_000 }),
  sampleImage('example-app', 'new', 'keep', ['referenced', 'keep-latest'], { tags: ['v2.0.0', 'latest'] }),
  sampleImage('team/platform/a-service-with-a-rather-long-name', 'untagged', 'delete', ['expired-untagged'], { sizeBytes: 999 }),
  sampleImage('team/platform/a-service-with-a-rather-long-name', 'held', 'hold', ['usage-incomplete'], { tags: ['release-2026.08.31-candidate-7'] }),
  sampleImage('team/platform/a-service-with-a-rather-long-name', 'young', 'keep', ['not-expired'], { pushedAt: '2026-11-22T02:00:00.000Z' }),
];

export function sampleReport(run: Partial<RunReport> = {}, images: readonly ImageReport[] = SAMPLE_IMAGES): Report {
  const names = [...new Set(images.map(({ repository }) => repository))];
  return {
    schemaVersion: 1,
    run: {
      id: '20261122T081500Z-1a2b3c4d',
      janitor: 'Example/ImageJanitor',
      engineVersion: '0.0.0',
      mode: 'REPORT_ONLY',
      status: 'COMPLETE',
      exitStatus: 0,
      startedAt: '2026-11-22T08:15:00.000Z',
      finishedAt: '2026-11-22T08:15:12.300Z',
      partition: 'aws',
      account: '123456789012',
      region: 'eu-west-1',
      messages: [],
      completeness: [
        { source: 'ecr', account: '123456789012', region: 'eu-west-1', status: 'COMPLETE', references: 0, problems: [] },
        { source: 'ecs', account: '123456789012', region: 'eu-west-1', status: 'COMPLETE', references: 1812, problems: [] },
        { source: 'lambda', account: '123456789012', region: 'eu-west-1', status: 'DISABLED', references: 0, problems: [] },
      ],
      references: { resolved: 1790, elsewhere: 12, outOfScope: 0, dangling: 10 },
      planHash: '3f2a9c0d11e2',
      counts: counts(images, names.length),
      bytes: bytes(images),
      savings: { projectedMonthly: 0.025, realisedMonthly: 0, pricePerGbMonth: 0.1, priceNote: 'ECR private storage, us-east-1, November 2026' },
      calls: [
        { service: 'ECR', operation: 'DescribeImages', count: 2, retries: 0, errors: 0 },
        { service: 'ECS', operation: 'DescribeTaskDefinition', count: 1240, retries: 3, errors: 0 },
      ],
      phases: [{ name: 'catalogue', milliseconds: 820 }, { name: 'usage', milliseconds: 11_400 }],
      ...run,
    },
    repositories: names.map((name) => {
      const own = images.filter(({ repository }) => repository === name);
      return { name, rule: 'apps', counts: counts(own, 1), bytes: bytes(own) };
    }),
    images,
  };
}
