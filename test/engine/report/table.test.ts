import { digest, SAMPLE_IMAGES, sampleImage, sampleReport } from './sample';
import type { ImageReport, Outcome, ReferenceCounts } from '../../../src/contract/report';
import { renderTable } from '../../../src/engine/report/table';

const outcomes: Outcome[] = [
  { status: 'deleted' },
  { status: 'dropped', text: 'a task uses it now' },
  { status: 'refused', code: 'ImageReferencedByManifestList', text: 'Requested image referenced by manifest list' },
  { status: 'deleted' },
];
const swept = () => {
  const left = [...outcomes];
  return SAMPLE_IMAGES.map((image): ImageReport => (image.verdict === 'delete' ? { ...image, outcome: left.shift()! } : image));
};
const incomplete = {
  mode: 'ENFORCE' as const,
  status: 'INCOMPLETE' as const,
  messages: [
    { level: 'error' as const, code: 'usage-incomplete', text: 'ecs could not be read whole', fix: 'see What was read' },
    { level: 'warning' as const, code: 'pattern-matches-nothing', text: 'the pattern foo-* matches no repository' },
  ],
  completeness: [{
    source: 'ecs',
    account: '123456789012',
    region: 'eu-west-1',
    status: 'INCOMPLETE' as const,
    references: 12,
    problems: [{ text: 'ECS DescribeTasks: access denied; the IAM action ecs:DescribeTasks is missing', fix: "allow ecs:DescribeTasks in the runner's role", missingAction: 'ecs:DescribeTasks' }],
  }],
  savings: { projectedMonthly: 12.5, realisedMonthly: 1234.5, pricePerGbMonth: 0.1, priceNote: 'ECR private storage' },
};

test('a plan on 80 columns', () => {
  expect(renderTable(sampleReport(), { columns: 80 })).toMatchInlineSnapshot(`
"Example/ImageJanitor
REPORT_ONLY (nothing is changed) · 123456789012 · eu-west-1 ·
20261122T081500Z-1a2b3c4d
COMPLETE: everything was read (12.3 s)

Repository                        Images  Keep  Hold  Delete    Stored   To free
────────────────────────────────────────────────────────────────────────────────
example-app                            4     1     0       3  353.8 MB  238.9 MB
team/platform/a-service-with-a-        3     1     1       1  229.8 MB     999 B
rather-long-name
────────────────────────────────────────────────────────────────────────────────
2 repositories                         7     2     1       4  583.6 MB  238.9 MB

Would be deleted: 4 images, 238.9 MB
  Digest           Tags                 Age      Size  Why
───────────────────────────────────────────────────────────────────────
example-app
  696e6465782d6f6  v1.0.0, 2026-09-01  82 d     index  expired
  6368696c642d617  child               82 d  114.9 MB  parent-expired
  6368696c642d616  child               82 d  124.0 MB  parent-expired
team/platform/a-service-with-a-rather-long-name
  756e74616767656  untagged            82 d     999 B  expired-untagged

parent-expired: part of images that all go (2 images)
expired: text of expired (1 image)
expired-untagged: text of expired-untagged (1 image)

Held: 1 image that would go if it were certain
  Digest           Tags                          Age      Size  Why
────────────────────────────────────────────────────────────────────────────────
team/platform/a-service-with-a-rather-long-name
  68656c642e2e2e2  release-2026.08.31-          82 d  114.9 MB  usage-incomplete
                   candidate-7

usage-incomplete: text of usage-incomplete (1 image)

Kept: 2 images, for one reason or several
Reason       Images  Meaning
────────────────────────────────────────────────────────────────────────────────
keep-latest       1  one of the newest tagged images of its repository
not-expired       1  pushed within expireAfter, or expireUntaggedAfter when
                     untagged
referenced        1  something uses it

What was read
  ecr     COMPLETE
  ecs     COMPLETE  1,812 references
  lambda  DISABLED
  Of 1,812 references: 1,790 protect an image here, 12 name another registry,
  account or Region, 10 name an image that is not there

Saves at most $0.03 a month: ECR private storage, us-east-1, November 2026
1,242 calls to AWS, 3 retries, 0 errors (most: ECS DescribeTaskDefinition 1,240,
ECR DescribeImages 2)
Time: catalogue 820 ms, usage 11.4 s
Plan 3f2a9c0d11e2
"
`);
});

test('a sweep on 120 columns, with every kind of outcome', () => {
  expect(renderTable(sampleReport(incomplete, swept()), { columns: 120 })).toMatchInlineSnapshot(`
"Example/ImageJanitor
ENFORCE · 123456789012 · eu-west-1 · 20261122T081500Z-1a2b3c4d
INCOMPLETE: something that could use an image could not be read, so nothing is retired where it matters (12.3 s)

error: ecs could not be read whole (usage-incomplete)
  fix: see What was read
warning: the pattern foo-* matches no repository (pattern-matches-nothing)

Repository                                       Images  Keep  Hold  Delete  Deleted    Stored  Freed
─────────────────────────────────────────────────────────────────────────────────────────────────────
example-app                                           4     1     0       3        1  353.8 MB    0 B
team/platform/a-service-with-a-rather-long-name       3     1     1       1        1  229.8 MB  999 B
─────────────────────────────────────────────────────────────────────────────────────────────────────
2 repositories                                        7     2     1       4        2  583.6 MB  999 B

To be deleted: 4 images, 238.9 MB; deleted: 2, 999 B
  Digest           Tags                 Age      Size  Why               Outcome
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
example-app
  696e6465782d6f6  v1.0.0, 2026-09-01  82 d     index  expired           deleted
  6368696c642d617  child               82 d  114.9 MB  parent-expired    dropped: a task uses it now
  6368696c642d616  child               82 d  124.0 MB  parent-expired    refused: ImageReferencedByManifestList:
                                                                         Requested image referenced by manifest list
team/platform/a-service-with-a-rather-long-name
  756e74616767656  untagged            82 d     999 B  expired-untagged  deleted

parent-expired: part of images that all go (2 images)
expired: text of expired (1 image)
expired-untagged: text of expired-untagged (1 image)

Held: 1 image that would go if it were certain
  Digest           Tags                             Age      Size  Why
───────────────────────────────────────────────────────────────────────────────────
team/platform/a-service-with-a-rather-long-name
  68656c642e2e2e2  release-2026.08.31-candidate-7  82 d  114.9 MB  usage-incomplete

usage-incomplete: text of usage-incomplete (1 image)

Kept: 2 images, for one reason or several
Reason       Images  Meaning
────────────────────────────────────────────────────────────────────────────────────
keep-latest       1  one of the newest tagged images of its repository
not-expired       1  pushed within expireAfter, or expireUntaggedAfter when untagged
referenced        1  something uses it

What was read
  ecs  INCOMPLETE  12 references
    ECS DescribeTasks: access denied; the IAM action ecs:DescribeTasks is missing
    fix: allow ecs:DescribeTasks in the runner's role
  Of 1,812 references: 1,790 protect an image here, 12 name another registry, account or Region, 10 name an image that
  is not there

Saves at most $12.50 a month, $1,234.50 of it now: ECR private storage
1,242 calls to AWS, 3 retries, 0 errors (most: ECS DescribeTaskDefinition 1,240, ECR DescribeImages 2)
Time: catalogue 820 ms, usage 11.4 s
Plan 3f2a9c0d11e2
"
`);
});

test('references that protect nothing are told from those that do, and left out where there are none', () => {
  const none: ReferenceCounts = { resolved: 0, elsewhere: 0, outOfScope: 0, dangling: 0 };
  const told = (references: Partial<ReferenceCounts>) => renderTable(sampleReport({ references: { ...none, ...references } }), { columns: 160 });
  expect(told({ resolved: 1, outOfScope: 3 })).toContain('\n  Of 4 references: 1 protect an image here, 3 name a repository that no rule selects\n');
  expect(told({ dangling: 1 })).toContain('\n  Of 1 reference: 1 name an image that is not there\n');
  expect(told({})).not.toContain('Of 0');
});

test('a run that read no image promises no savings', () => {
  const report = sampleReport({ status: 'FAILED', completeness: [], savings: { projectedMonthly: 0, realisedMonthly: 0, pricePerGbMonth: 0.1, priceNote: 'a price' } }, []);
  expect(renderTable(report)).not.toMatch(/Saves|\$/);
  expect(renderTable({ ...report, run: { ...report.run, counts: sampleReport().run.counts } })).toContain('Saves at most $0.00 a month: a price');
});

test('an account without an image', () => {
  expect(renderTable(sampleReport({ planHash: undefined, calls: [], phases: [] }, []), { columns: 80 })).toMatchInlineSnapshot(`
"Example/ImageJanitor
REPORT_ONLY (nothing is changed) · 123456789012 · eu-west-1 ·
20261122T081500Z-1a2b3c4d
COMPLETE: everything was read (12.3 s)

No repository is in this report.

What was read
  ecr     COMPLETE
  ecs     COMPLETE  1,812 references
  lambda  DISABLED
  Of 1,812 references: 1,790 protect an image here, 12 name another registry,
  account or Region, 10 name an image that is not there

0 calls to AWS, 0 retries, 0 errors
"
`);
});

describe('widths', () => {
  const long = sampleImage(`${'deep/'.repeat(20)}end`, 'x', 'delete', ['expired', 'parent-expired'], { tags: Array.from({ length: 12 }, (_, at) => `tag-number-${at}`) });
  const unbroken = sampleImage('r'.repeat(256), 'y', 'hold', ['unknown-artifact-type'], { tags: ['t'.repeat(128)] });

  test.each([72, 80, 100, 120, 160])('no line is wider than %d columns, whatever the names', (columns) => {
    for (const images of [SAMPLE_IMAGES, [long, unbroken], swept()]) {
      const lines = renderTable(sampleReport(incomplete, images), { columns }).split('\n');
      expect(lines.filter((line) => [...line].length > columns)).toEqual([]);
    }
  });

  test('nothing of a name is cut, however narrow the terminal', () => {
    const text = renderTable(sampleReport({}, [long, unbroken]), { columns: 60 }).replace(/[\s]/g, '');
    expect(text).toContain(long.repository);
    expect(text.match(/r{256}/)).not.toBeNull();
    expect([...text.matchAll(/tag-number-(?=\d|\n)/g)].length).toBeGreaterThanOrEqual(12);
  });

  test('numbers end in the same column', () => {
    const rows = renderTable(sampleReport(), { columns: 120 }).split('\n').filter((line) => /^(example-app|team\/.*name) +\d/.test(line));
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });
});

describe('digests', () => {
  const twin = (end: string) => `sha256:${'ab'.repeat(10)}${end.padEnd(44, '0')}`;

  test('are shortened to what tells them apart in the whole report', () => {
    const images = [twin('1'), twin('2')].map((each) => ({ ...sampleImage('app', each, 'delete', ['expired']), digest: each }));
    const text = renderTable(sampleReport({}, images), { columns: 120 });
    expect(text).toContain(`${'ab'.repeat(10)}1 `);
    expect(text).toContain(`${'ab'.repeat(10)}2 `);
  });

  test('have twelve characters at least', () => {
    expect(renderTable(sampleReport({}, [sampleImage('app', 'one', 'delete', ['expired'])]))).toContain(`${digest('one').slice(7, 19)} `);
  });

  test('that are in two repositories are no reason to be longer', () => {
    const images = ['a', 'b'].map((repository) => sampleImage(repository, 'same', 'delete', ['expired']));
    expect(renderTable(sampleReport({}, images)).match(new RegExp(`${digest('same').slice(7, 19)} `, 'g'))).toHaveLength(2);
  });
});

describe('what others chose the names of', () => {
  test('characters that steer a terminal are shown, not obeyed', () => {
    const evil = 'v1\u001b[2J\u001b]0;pwned\u0007\u202egpj\u200b\u0085\r\n';
    const text = renderTable(sampleReport({ janitor: `Stack/${evil}` }, [
      sampleImage(`app-${evil}`, 'one', 'delete', ['expired'], { tags: [evil], outcome: { status: 'refused', code: evil, text: evil }, reasons: [{ code: 'expired', text: evil }] }),
    ]), { columns: 160 });
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).toContain('v1\\u{1b}[2J');
    expect(text).toContain('\\u{202e}gpj');
  });
});

describe('colours', () => {
  test('are left out unless asked for', () => {
    expect(renderTable(sampleReport())).not.toContain('\u001b');
  });

  test('change nothing but the colour', () => {
    const plain = renderTable(sampleReport(incomplete, swept()), { columns: 90 });
    const coloured = renderTable(sampleReport(incomplete, swept()), { columns: 90, colors: true });
    expect(coloured).toContain('\u001b[31m');
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });
});

test('a list that is cut says how much is missing and where it is', () => {
  const images = Array.from({ length: 7 }, (_, at) => sampleImage('app', `image-${at}`, 'delete', ['expired']));
  const text = renderTable(sampleReport({}, images), { maxImages: 3 });
  expect(text).toContain('and 4 more, in the JSON report');
  expect(text.match(/ expired$/gm)).toHaveLength(3);
});

test('every image that goes and every image that is held is in the table', () => {
  const images = Array.from({ length: 250 }, (_, at) => sampleImage(`app-${at % 3}`, `image-${at}`, at % 2 ? 'delete' : 'hold', [at % 2 ? 'expired' : 'missing-child'], { tags: [`tag-${at}.`] }));
  const text = renderTable(sampleReport({}, images), { columns: 120 });
  expect(images.filter(({ tags }) => !text.includes(` ${tags[0]} `))).toEqual([]);
});
