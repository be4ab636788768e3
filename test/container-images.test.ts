import { CfnParameter, Duration, Fn, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { RULE, settingsOf, synthesise, warningsOf } from './synth';
import { ContainerImageRule } from '../src';

function synthesiseRules(...containerImages: ContainerImageRule[]) {
  return synthesise({ containerImages });
}

function rule(overrides: Partial<ContainerImageRule>): ContainerImageRule {
  return { repositories: ['example-*'], expireAfter: Duration.days(14), ...overrides };
}

test('a rule keeps the five newest tagged images and latest, and treats untagged images alike, unless told otherwise', () => {
  expect(settingsOf(synthesiseRules(RULE).template).containerImages).toEqual([{
    name: 'containerImages[0]',
    repositories: ['example-*'],
    expireAfter: 'P14D',
    keepLatest: 5,
    keepTags: ['latest'],
    expireUntaggedAfter: 'P14D',
  }]);
});

test('every option of a rule reaches the engine', () => {
  const { template } = synthesiseRules(rule({
    ruleName: 'web', repositories: ['web', 'team/web-?'], keepLatest: 2, keepTags: ['prod', 'v*'], expireUntaggedAfter: Duration.days(3),
  }));
  expect(settingsOf(template).containerImages).toEqual([{
    name: 'web', repositories: ['web', 'team/web-?'], expireAfter: 'P14D', keepLatest: 2, keepTags: ['prod', 'v*'], expireUntaggedAfter: 'P3D',
  }]);
});

test('repositories of the app stand beside names and patterns', () => {
  const { template, stack } = synthesise((scope) => ({
    containerImages: [rule({ ecrRepositories: [new ecr.Repository(scope, 'Repository'), ecr.Repository.fromRepositoryName(scope, 'Imported', 'imported')] })],
  }));
  const id = stack.getLogicalId(stack.node.findChild('Repository').node.defaultChild as any);
  expect(settingsOf(template).containerImages[0].repositories).toEqual(['example-*', id, 'imported']);
});

describe('refuses, with the place, the value and the fix', () => {
  test.each<[string, Partial<ContainerImageRule>[], string]>([
    ['no rules', [], 'containerImages is empty: give at least one rule'],
    ['no repository', [{ repositories: undefined }], 'containerImages[0] selects no repository: give repositories'],
    ['an empty list of repositories', [{}, { repositories: [] }], 'containerImages[1] selects no repository: give repositories'],
    ['a name that is no list', [{ repositories: 'app' as any }], "containerImages[0].repositories is 'app': expected an array of strings"],
    ['a list with a hole', [{ repositories: [undefined as any] }], 'containerImages[0].repositories[0] is undefined: expected a string'],
    ['a tag that is no list', [{ keepTags: 'latest' as any }], "containerImages[0].keepTags is 'latest': expected an array of strings"],
    ['no age', [{ expireAfter: undefined }], 'containerImages[0].expireAfter is missing: expected a Duration, for example Duration.days(90)'],
    ['a number for an age', [{ expireAfter: 14 as any }], 'containerImages[0].expireAfter is 14: expected a Duration'],
    ['an age of more than 100 years', [{ expireAfter: Duration.days(36501) }], 'containerImages[0].expireAfter is 36501 days: expected at most 36500 days (100 years)'],
    ['repositories of the app that are no list', [{ ecrRepositories: {} as any }], 'containerImages[0].ecrRepositories is no array: expected a list of repositories'],
    ['a repository of the app that is none', [{ ecrRepositories: ['app' as any] }], "containerImages[0].ecrRepositories[0] is 'app': expected an ecr.IRepository; names belong in repositories"],
    ['more than can be counted', [{ keepLatest: 2 ** 53 }], 'containerImages[0].keepLatest is 9007199254740992: expected an integer of at least 0'],
    ['a rule name of two lines', [{ ruleName: 'a\nb' }], 'containerImages[0].ruleName is \'a\\nb\': expected 1 to 64 characters, none of them a control character'],
    ['an upper-case name', [{ repositories: ['example', 'Example'] }], "containerImages[0].repositories[1] is 'Example': expected 1 to 256 characters out of a-z"],
    ['a registry in the name', [{ repositories: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1'] }], 'containerImages[0].repositories[0] is \'123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1\': give the repository\'s name without registry, tag and digest: \'web\''],
    ['an empty name', [{ repositories: [''] }], "containerImages[0].repositories[0] is ''"],
    ['a name of one character', [{ repositories: ['a'] }], "containerImages[0].repositories[0] is 'a': a repository's name has 2 to 256 characters"],
    ['a name that ends with a slash', [{ repositories: ['team/'] }], "is 'team/': a repository's name"],
    ['a pattern that no name matches', [{ repositories: ['team//*'] }], "is 'team//*': no repository matches it"],
    ['a name that is too long', [{ repositories: ['a'.repeat(257)] }], 'expected 1 to 256 characters'],
    ['a negative keepLatest', [{ keepLatest: -1 }], 'containerImages[0].keepLatest is -1: expected an integer of at least 0'],
    ['half an image', [{ keepLatest: 2.5 }], 'containerImages[0].keepLatest is 2.5: expected an integer of at least 0'],
    ['no number at all', [{ keepLatest: NaN }], 'containerImages[0].keepLatest is NaN: expected an integer of at least 0'],
    ['an impossible tag', [{ keepTags: ['v1+'] }], "containerImages[0].keepTags[0] is 'v1+': expected 1 to 128 characters"],
    ['less than a second', [{ expireAfter: Duration.millis(100) }], 'containerImages[0].expireAfter is 100 millis: expected whole seconds, minutes, hours or days'],
    ['a name that two rules bear', [{ ruleName: 'a' }, { ruleName: 'a' }], "containerImages[1].ruleName is 'a', the name of containerImages[0] too: give each rule its own name"],
    ['a name that is another rule\'s default', [{}, { ruleName: 'containerImages[0]' }], 'containerImages[1].ruleName is'],
    ['an empty rule name', [{ ruleName: ' ' }], "containerImages[0].ruleName is ' ': expected 1 to 64 characters"],
  ])('%s', (_what, rules, message) => {
    expect(() => synthesiseRules(...rules.map(rule))).toThrow(message);
  });

  test('a rule that is none', () => {
    expect(() => synthesiseRules(undefined as any)).toThrow('containerImages[0] is undefined: expected a rule, for example');
  });

  test('a list that is known at deploy only', () => {
    expect(() => synthesise((stack) => ({
      containerImages: [rule({ repositories: Fn.split(',', new CfnParameter(stack, 'Names').valueAsString) })],
    }))).toThrow('containerImages[0].repositories is a list that is known at deploy only: give an array, whose elements may be tokens');
  });

  test('a repository in another account or region', () => {
    const elsewhere = (scope: Stack) => ecr.Repository.fromRepositoryAttributes(scope, 'Other', {
      repositoryArn: 'arn:aws:ecr:eu-west-1:222222222222:repository/other', repositoryName: 'other',
    });
    expect(() => synthesise((stack) => ({ containerImages: [rule({ ecrRepositories: [elsewhere(stack)] })] }), { account: '111111111111', region: 'eu-west-1' }))
      .toThrow('containerImages[0].ecrRepositories[0] is in account 222222222222, region eu-west-1: expected 111111111111, eu-west-1');
  });
});

test('an empty list of names is as good as none beside repositories of the app', () => {
  const { template } = synthesise((scope) => ({ containerImages: [rule({ repositories: [], ecrRepositories: [ecr.Repository.fromRepositoryName(scope, 'Imported', 'imported')] })] }));
  expect(settingsOf(template).containerImages[0].repositories).toEqual(['imported']);
});

describe('leaves tokens alone', () => {
  test('in names, tags and numbers', () => {
    const { template } = synthesise((stack) => ({
      containerImages: [rule({
        repositories: [new CfnParameter(stack, 'Name').valueAsString],
        keepTags: [new CfnParameter(stack, 'Tag').valueAsString],
        keepLatest: new CfnParameter(stack, 'Keep', { type: 'Number' }).valueAsNumber,
      })],
    }));
    expect(settingsOf(template, { Keep: 3 }).containerImages[0]).toMatchObject({ repositories: ['Name'], keepTags: ['Tag'], keepLatest: 3 });
  });
});

describe('warns about', () => {
  test('nothing, when all is well', () => {
    expect(warningsOf(synthesiseRules(rule({ repositories: ['example-web'] }), rule({ repositories: ['example-*'] })).stack)).toEqual([]);
  });

  test('an age below the safety age', () => {
    const { stack } = synthesiseRules(rule({ expireAfter: Duration.days(2), expireUntaggedAfter: Duration.hours(2) }));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('containerImages[0]: expireUntaggedAfter (2 hours) is shorter than safetyAge (1 day)')]);
    expect(warningsOf(stack)[0]).toContain('image-janitor:expiresBeforeSafetyAge');
  });

  test('a rule that an earlier one leaves nothing to', () => {
    const { stack } = synthesiseRules(rule({ repositories: ['example-*'] }), rule({ repositories: ['example-web', 'example-?'] }));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('containerImages[1] never applies: containerImages[0] comes first')]);
    expect(warningsOf(stack)[0]).toContain('image-janitor:ruleNeverApplies');
  });

  test('each such rule', () => {
    const { stack } = synthesiseRules(rule({}), rule({}), rule({}));
    expect(warningsOf(stack)).toHaveLength(2);
  });

  test('nothing, when part of a rule still applies', () => {
    expect(warningsOf(synthesiseRules(rule({ repositories: ['example-*'] }), rule({ repositories: ['example-web', 'other'] })).stack)).toEqual([]);
  });
});
