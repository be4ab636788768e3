import { PassThrough } from 'stream';
import { formatDifferences, fullDiff } from '@aws-cdk/cloudformation-diff';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { ContainerImageRule, ImageJanitor, ImageJanitorProps, UsageService, UsageSource } from '../../src';
import { SETTINGS_METADATA } from '../../src/contract/settings';
import { parseSettings } from '../../src/engine/settings';
import { contentOf, settingsOf, synthesise } from '../synth';

/** AppConfig's default quota for a hosted configuration, and CloudFormation's for a template. */
const MEGABYTE = 1024 * 1024;

function manyRules(stack: Stack, keepLatest = (_index: number) => 5): ContainerImageRule[] {
  const keep = new CfnParameter(stack, 'Keep', { type: 'Number' });
  const prefix = new CfnParameter(stack, 'Prefix').valueAsString;
  return Array.from({ length: 200 }, (_each, index) => ({
    repositories: [`team-${index}/service-with-quite-a-long-name-${index}-*`],
    ecrRepositories: [ecr.Repository.fromRepositoryName(stack, `Imported${index}`, `${prefix}-${index}`)],
    expireAfter: Duration.days(14),
    keepLatest: index % 2 ? keep.valueAsNumber : keepLatest(index),
    keepTags: ['latest', 'release-*'],
  }));
}

test('200 rules with tokens fit: the document, the template and the environment that names it', () => {
  const { template, janitor } = synthesise((stack) => ({ containerImages: manyRules(stack) }));
  const content = contentOf(template, { Prefix: 'x'.repeat(250), Keep: 5 });
  expect(Buffer.byteLength(content)).toBeLessThan(MEGABYTE);
  expect(Buffer.byteLength(JSON.stringify(template.toJSON(), null, 1))).toBeLessThan(MEGABYTE);
  expect(JSON.parse(content).containerImages).toHaveLength(200);
  const environment = Object.values(template.findResources('AWS::Lambda::Function'))[0].Properties.Environment.Variables;
  expect(JSON.stringify(environment).length).toBeLessThan(1024);
  expect(janitor.node.tryFindChild('Settings')).toBeDefined();
});

test('what the construct writes is what the engine reads', () => {
  const { template } = synthesise((stack) => ({
    containerImages: [
      { repositories: ['example-*', 'team/?'], expireAfter: Duration.hours(36), keepLatest: 0, keepTags: [], ruleName: 'short' },
      { ecrRepositories: [new ecr.Repository(stack, 'Repository')], expireAfter: Duration.days(new CfnParameter(stack, 'Days', { type: 'Number' }).valueAsNumber) },
    ],
    usage: [UsageSource.disabled(UsageService.LAMBDA)],
    acknowledgePlan: '0123456789abcdef',
  }));
  const bucket = Object.keys(template.findResources('AWS::S3::Bucket'))[0];
  const repository = Object.keys(template.findResources('AWS::ECR::Repository'))[0];
  const content = contentOf(template, { Days: 30, [bucket]: 'record', [repository]: 'repository' });
  expect(parseSettings(content, 'test')).toEqual({
    version: 1,
    name: 'Stack/ImageJanitor',
    mode: 'REPORT_ONLY',
    containerImages: [
      { name: 'short', repositories: ['example-*', 'team/?'], expireAfter: 'P1DT12H', keepLatest: 0, keepTags: [], expireUntaggedAfter: 'P1DT12H' },
      { name: 'containerImages[1]', repositories: ['repository'], expireAfter: 'P30D', keepLatest: 5, keepTags: ['latest'], expireUntaggedAfter: 'P30D' },
    ],
    usage: {
      ecs: { enabled: true, clusters: ['*'], taskDefinitionFamilies: ['*'], taskDefinitionRevisions: 5 },
      lambda: { enabled: false, functions: ['*'] },
    },
    guards: { maxRetirePercent: 50, maxRetireCount: 1000, safetyAge: 'P1D', acknowledgePlan: '0123456789abcdef' },
    record: { bucket: 'record' },
  });
});

test('numbers that are known at deploy only stay numbers', () => {
  const { template } = synthesise((stack) => {
    const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    return { containerImages: [{ repositories: ['*'], expireAfter: Duration.days(14), keepLatest: number }], maxRetirePercent: number, maxRetireCount: number };
  });
  const settings = settingsOf(template, { Number: 7 });
  expect(settings.containerImages[0].keepLatest).toBe(7);
  expect(settings.guards).toMatchObject({ maxRetirePercent: 7, maxRetireCount: 7 });
});

test('the template says which construct the settings belong to', () => {
  synthesise().template.hasResource('AWS::AppConfig::HostedConfigurationVersion', {
    Properties: { ContentType: 'application/json' },
    Metadata: { [SETTINGS_METADATA]: { construct: 'Stack/ImageJanitor' } },
  });
});

describe('cdk diff', () => {
  function templateOf(props: (stack: Stack) => ImageJanitorProps): any {
    const stack = new Stack(new App(), 'Stack');
    new ImageJanitor(stack, 'ImageJanitor', props(stack));
    return Template.fromStack(stack).toJSON();
  }

  function diff(before: any, after: any): string[] {
    const stream = new PassThrough();
    formatDifferences(stream, fullDiff(before, after));
    // eslint-disable-next-line no-control-regex
    return String(stream.read() ?? '').replace(/\u001b\[\d+m/g, '').split('\n').map((line) => line.trim());
  }

  const rules = (keepLatest: number): ContainerImageRule[] => [0, 1, 2, 3, 4].map((index) => (
    { repositories: [`example-${index}`], expireAfter: Duration.days(14), keepLatest: index === 2 ? keepLatest : 5 }
  ));

  test('shows the one line that changed, with the name of its rule above', () => {
    const lines = diff(templateOf(() => ({ containerImages: rules(5) })), templateOf(() => ({ containerImages: rules(9) })));
    expect(lines.filter((line) => /\[[-+]\]/.test(line)).map((line) => line.replace(/\s+/g, ' '))).toEqual([
      expect.stringContaining('[-] " \\"keepLatest\\": 5,"'),
      expect.stringContaining('[+] " \\"keepLatest\\": 9,"'),
    ]);
    expect(lines.some((line) => line.includes('containerImages[2]'))).toBe(true);
    expect(lines.some((line) => line.includes('containerImages[4]'))).toBe(false);
  });

  test('shows no more than that among 200 rules with tokens', () => {
    const lines = diff(
      templateOf((stack) => ({ containerImages: manyRules(stack) })),
      templateOf((stack) => ({ containerImages: manyRules(stack, (index) => (index === 100 ? 9 : 5)) })),
    );
    expect(lines.filter((line) => /\[[-+]\]/.test(line))).toHaveLength(2);
    expect(lines.length).toBeLessThan(30);
  });
});
