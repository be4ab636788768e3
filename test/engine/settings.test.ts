import { readFileSync } from 'node:fs';
import { DEFAULTS } from '../../src/contract/settings';
import { parseDuration, words } from '../../src/engine/duration';
import { BadInput, parseSettings, SettingsError } from '../../src/engine/settings';

const rule = { repositories: ['*'], expireAfter: 'P14D' };

function parse(document: unknown) {
  return parseSettings(typeof document === 'string' ? document : JSON.stringify(document), 'settings.json');
}

function problems(document: unknown): string[] {
  try {
    parse(document);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ path, text }) => (path ? `${path}: ${text}` : text));
  }
  return [];
}

const ruleProblems = (change: object) => problems({ version: 1, containerImages: [{ ...rule, ...change }] });

describe('what may be left out', () => {
  test('a document of one rule gets every default of the contract', () => {
    expect(parse({ version: 1, containerImages: [rule] })).toEqual({
      version: 1,
      name: 'image-janitor',
      mode: 'REPORT_ONLY',
      containerImages: [{ name: 'containerImages[0]', repositories: ['*'], expireAfter: 'P14D', keepLatest: DEFAULTS.keepLatest, keepTags: ['latest'], expireUntaggedAfter: 'P14D' }],
      usage: {
        ecs: { enabled: true, clusters: ['*'], taskDefinitionFamilies: ['*'], taskDefinitionRevisions: DEFAULTS.taskDefinitionRevisions },
        lambda: { enabled: true, functions: ['*'] },
      },
      guards: { maxRetirePercent: DEFAULTS.maxRetirePercent, maxRetireCount: DEFAULTS.maxRetireCount, safetyAge: DEFAULTS.safetyAge },
    });
  });

  test('what is written wins over every default', () => {
    const written = {
      version: 1,
      name: 'Stack/Janitor',
      mode: 'ENFORCE',
      containerImages: [{ name: 'apps', repositories: ['team/app-?'], expireAfter: 'P2W', keepLatest: 0, keepTags: [], expireUntaggedAfter: 'PT36H' }],
      usage: {
        ecs: { enabled: false, clusters: ['prod'], taskDefinitionFamilies: ['app-*'], taskDefinitionRevisions: -1 },
        lambda: { enabled: false, functions: ['fn'] },
      },
      guards: { maxRetirePercent: 100, maxRetireCount: 7, safetyAge: 'PT0S', acknowledgePlan: '0123456789abcdef' },
      record: { bucket: 'record-bucket', prefix: 'team/a' },
    };
    expect(parse(written)).toEqual(written);
  });

  test('untagged images expire with the tagged ones unless the rule says otherwise', () => {
    expect(parse({ version: 1, containerImages: [{ ...rule, expireAfter: 'P3D' }] }).containerImages[0]).toMatchObject({ expireUntaggedAfter: 'P3D' });
  });

  test('the defaults of one document are not shared with the next', () => {
    const first = parse({ version: 1, containerImages: [rule] });
    (first.containerImages[0]!.keepTags as string[]).push('changed');
    (first.usage.ecs.clusters as string[]).push('changed');
    const second = parse({ version: 1, containerImages: [rule] });
    expect(second.containerImages[0]!.keepTags).toEqual(['latest']);
    expect(second.usage.ecs.clusters).toEqual(['*']);
  });

  test('a byte order mark does not matter', () => {
    expect(parse(`\uFEFF${JSON.stringify({ version: 1, containerImages: [rule] })}`).version).toBe(1);
  });
});

describe('what CloudFormation turns into strings', () => {
  test('a string that is exactly a number counts as that number', () => {
    expect(parse({ version: '1', containerImages: [{ ...rule, keepLatest: '12' }], usage: { ecs: { taskDefinitionRevisions: '-1' } } })).toMatchObject({
      version: 1, containerImages: [{ keepLatest: 12 }], usage: { ecs: { taskDefinitionRevisions: -1 } },
    });
  });

  test.each(['', ' 5', '5.0', '0x5', '1e3', 'five', null, true])('%p is no number', (keepLatest) => {
    expect(ruleProblems({ keepLatest })).toEqual([`containerImages[0].keepLatest: ${JSON.stringify(keepLatest)} is not allowed: give a whole number, 0 or more`]);
  });

  test('"true" and "false" count as what they say, nothing else does', () => {
    expect(parse({ version: 1, containerImages: [rule], usage: { ecs: { enabled: 'false' }, lambda: { enabled: 'true' } } }).usage)
      .toMatchObject({ ecs: { enabled: false }, lambda: { enabled: true } });
    expect(problems({ version: 1, containerImages: [rule], usage: { ecs: { enabled: 'no' } } })).toEqual(['usage.ecs.enabled: "no" is not allowed: give true or false']);
  });
});

describe('what is refused', () => {
  test.each(['abc', '', '0123456789abcdeg', '0123456789abcdef0', 16])('%j, which no report shows as planHash', (acknowledgePlan) => {
    expect(problems({ version: 1, containerImages: [rule], guards: { acknowledgePlan } })).toEqual([
      `guards.acknowledgePlan: ${JSON.stringify(acknowledgePlan)} is not allowed: give the hash that a report shows as planHash (16 hexadecimal digits)`,
    ]);
  });

  test('every problem is told at once, each with its path, the value, what is allowed and the fix', () => {
    expect(problems({
      version: 1,
      mode: 'enforce',
      containerImages: [
        { repositories: ['Team/App', 3], expireAfter: '14 days', keepLatets: 3, keepLatest: -1, keepTags: ['v1+'] },
        { repositories: [], expireAfter: 'P1M' },
      ],
      guards: { maxRetirePercent: 101 },
    })).toMatchInlineSnapshot(`
[
  "mode: "enforce" is not allowed: give "REPORT_ONLY" or "ENFORCE"",
  "containerImages[0].repositories[0]: "Team/App" is not allowed: give a repository name (lower-case letters, digits and ._-/; no registry, no tag), where * matches any run of characters and ? exactly one (it is no regular expression)",
  "containerImages[0].repositories[1]: 3 is not allowed: give a repository name (lower-case letters, digits and ._-/; no registry, no tag), where * matches any run of characters and ? exactly one (it is no regular expression)",
  "containerImages[0].expireAfter: "14 days" is not a duration: write P14D",
  "containerImages[0].keepLatest: -1 is not allowed: give a whole number, 0 or more",
  "containerImages[0].keepTags[0]: "v1+" is not allowed: give a tag (letters, digits and ._-), where * matches any run of characters and ? exactly one (it is no regular expression)",
  "containerImages[0].keepLatets: unknown key: did you mean "keepLatest"?",
  "containerImages[1].repositories: [] selects nothing: give ["*"] for all repositories",
  "containerImages[1].expireAfter: "P1M" has months in it, whose length varies: write days, such as P30D",
  "guards.maxRetirePercent: 101 is not allowed: give a whole number from 0 to 100",
]
`);
  });

  test('a misspelt key is never ignored, wherever it is', () => {
    expect(problems({ version: 1, containerImages: [rule], usages: {}, gards: {} })).toEqual([
      'usages: unknown key: did you mean "usage"?',
      'gards: unknown key: did you mean "guards"?',
    ]);
    expect(problems({ version: 1, containerImages: [rule], usage: { ecs: { cluster: ['a'] }, lambda: {}, eks: {} } })).toEqual([
      'usage.ecs.cluster: unknown key: did you mean "clusters"?',
      'usage.eks: unknown key: did you mean "ecs"?',
    ]);
    expect(ruleProblems({ somethingElseEntirely: 1 })).toEqual([
      'containerImages[0].somethingElseEntirely: unknown key: known are name, repositories, expireAfter, keepLatest, keepTags and expireUntaggedAfter',
    ]);
  });

  test('a key that is there twice is refused, since one of the two would be ignored', () => {
    expect(problems('{"version":1,"containerImages":[{"repositories":["*"],"expireAfter":"P14D","keepTags":["v*"],"keepTags":[]}]}')).toEqual([
      'the key "keepTags" is there twice in one object, and only one of the two could count: remove one',
    ]);
    expect(problems(JSON.stringify({ version: 1, containerImages: [{ ...rule, name: 'a:{"b\\' }, { ...rule, name: 'name' }] }))).toEqual([]);
  });

  test('settings of a newer engine are refused before anything else in them is judged', () => {
    expect(problems({ version: 2, containerImages: 'in another shape' })).toEqual([
      'version: 2 was written by a newer cdk-image-janitor; this engine reads version 1: update the engine',
    ]);
    expect(problems({ version: '2' })).toHaveLength(1);
  });

  test.each([[0], ['one'], [null], [1.5]])('version %p is refused', (version) => {
    expect(problems({ version, containerImages: [rule] })).toEqual([expect.stringMatching(/^version: .*(give 1, the version|newer)/)]);
  });

  test('what is missing is said to be missing', () => {
    expect(problems({})).toEqual(['version: is missing: give 1, the version of the format', 'containerImages: is missing: give a list of rules']);
    expect(problems({ version: 1, containerImages: [{}] })).toEqual([
      expect.stringMatching(/^containerImages\[0\]\.repositories: is missing: give a list/),
      'containerImages[0].expireAfter: is missing: give an ISO 8601 duration, such as P14D (14 days)',
    ]);
  });

  test.each(['[]', 'null', '"settings"', '3'])('%s is no settings document', (json) => {
    expect(problems(json)).toEqual([`${json} is not allowed: give an object with version, name, mode, containerImages, usage, guards and record`]);
  });

  test('null is not the same as left out', () => {
    expect(ruleProblems({ keepTags: null })).toEqual([expect.stringMatching(/keepTags: null is not allowed/)]);
    expect(problems({ version: 1, containerImages: [rule], usage: null })).toEqual(['usage: null is not allowed: give an object with ecs and lambda']);
  });

  test('JSON that does not parse says so, with the origin', () => {
    expect(() => parse('{"version": 1,\n oops}')).toThrow(/^the settings \(settings\.json\) have a problem:\n  - not valid JSON: /);
    expect(() => parse('')).toThrow(/not valid JSON/);
  });

  test('two rules of one name are refused', () => {
    expect(problems({ version: 1, containerImages: [{ ...rule, name: 'a' }, { ...rule, name: 'b' }, { ...rule, name: 'a' }] })).toEqual([
      'containerImages[2].name: "a" is the name of containerImages[0] too: give each rule its own name',
    ]);
  });

  test('a selector of usage that is empty is refused: it would read as "nothing is in use"', () => {
    const usage = { ecs: { clusters: [], taskDefinitionFamilies: [] }, lambda: { functions: [] } };
    expect(problems({ version: 1, containerImages: [rule], usage })).toEqual([
      'usage.ecs.clusters: [] selects nothing: give ["*"] for all, or "enabled": false',
      'usage.ecs.taskDefinitionFamilies: [] selects nothing: give ["*"] for all, or "enabled": false',
      'usage.lambda.functions: [] selects nothing: give ["*"] for all, or "enabled": false',
    ]);
  });

  test.each([
    [{ repositories: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:latest'] }, 'repositories'],
    [{ repositories: ['${Token[TOKEN.12]}'] }, 'repositories'],
    [{ repositories: [''] }, 'repositories'],
    [{ keepTags: ['^release'] }, 'keepTags'],
    [{ keepTags: ['release|stable'] }, 'keepTags'],
  ])('%j could match nothing, so it is refused', (change, key) => {
    expect(ruleProblems(change)).toEqual([expect.stringMatching(new RegExp(`^containerImages\\[0\\]\\.${key}\\[0\\]: .* is not allowed`))]);
  });

  test('ARNs do not pass for names', () => {
    const arn = 'arn:aws:ecs:eu-west-1:123456789012:cluster/prod';
    expect(problems({ version: 1, containerImages: [rule], usage: { ecs: { clusters: [arn] } } })).toEqual([expect.stringContaining('no ARN')]);
  });

  test.each(['', '/a', 'a/', '/'])('the record prefix %p would make keys with empty parts', (prefix) => {
    expect(problems({ version: 1, containerImages: [rule], record: { bucket: 'record-bucket', prefix } })).toEqual([expect.stringMatching(/^record\.prefix: /)]);
  });

  test('a long value is cut in its message', () => {
    const [message] = ruleProblems({ expireUntaggedAfter: ['x'.repeat(500)] });
    expect(message!.length).toBeLessThan(250);
  });

  test('the error is bad input, and names the origin', () => {
    expect(() => parse('{}')).toThrow(BadInput);
    expect(() => parse('{}')).toThrow(/^the settings \(settings\.json\) have 2 problems:\n  - version: /);
  });
});

describe('durations', () => {
  test.each([
    ['P14D', 14 * 86_400_000], ['P2W', 14 * 86_400_000], ['PT36H', 36 * 3_600_000], ['P1DT12H', 36 * 3_600_000],
    ['PT90M', 90 * 60_000], ['PT30S', 30_000], ['P0D', 0], ['P1W1DT1H1M1S', 694_861_000], ['P36500D', 36_500 * 86_400_000],
  ])('%s is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    ['P1Y', /has years in it, whose length varies: write days, such as P365D/],
    ['P6M', /has months in it, whose length varies: write days, such as P180D/],
    ['P0M', /has months in it/],
    ['p14d', /write P14D/],
    ['14d', /write P14D/],
    ['36 hours', /write PT36H/],
    ['90 min', /write PT90M/],
    ['2 weeks', /write P2W/],
    ['6 months', /write an ISO 8601 duration/],
    ['6m', /write an ISO 8601 duration/],
    ['P', /is not a duration/], ['PT', /is not a duration/], ['P1DT', /is not a duration/], ['', /is not a duration/], ['-P1D', /is not a duration/],
    ['P1.5D', /is not a duration/], ['14', /is not a duration/], ['P1D\n', /is not a duration: write P1D/],
    ['P36501D', /longer than 100 years/], ['P99999999999999999999D', /longer than 100 years/],
  ])('%p is refused with the way to write it', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test.each([['P14D', '14 days'], ['P1DT12H', '1 day 12 hours'], ['PT36H', '1 day 12 hours'], ['PT1M1S', '1 minute 1 second'], ['PT0S', '0 seconds']])('%s in words is %s', (text, expected) => {
    expect(words(parseDuration(text))).toBe(expected);
  });
});

test('the settings file in the documentation is one', () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/settings.md', 'utf8'))!;
  expect(parseSettings(example!, 'docs/settings.md')).toEqual(JSON.parse(example!));
});
