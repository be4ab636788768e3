import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SETTINGS_METADATA } from '../../src/contract/settings';
import { AssemblyError, type AssemblyOptions, settingsFromAssembly } from '../../src/engine/assembly';
import { BadInput, SettingsError } from '../../src/engine/settings';

const IDENTITY = { partition: 'aws', account: '111122223333', region: 'eu-west-1' };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, document: unknown) {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
}

const janitor = (construct: string, content: unknown) => ({
  Type: 'AWS::AppConfig::HostedConfigurationVersion',
  Properties: { ApplicationId: { Ref: 'App' }, ConfigurationProfileId: { Ref: 'Profile' }, ContentType: 'application/json', Content: content },
  Metadata: { [SETTINGS_METADATA]: { construct } },
});

const stack = (template: string, more: object = {}, environment = 'aws://unknown-account/unknown-region') => ({
  type: 'aws:cloudformation:stack', environment, properties: { templateFile: template, ...more },
});

/** A settings document as CDK's toJsonString leaves it: text with references in between. */
const content = (repository: unknown, ...more: unknown[]) => ({
  'Fn::Join': ['', ['{"version":1,"containerImages":[{"repositories":["', repository, '"],"expireAfter":"P14D"}]', ...more, '}']],
});

function app(template: object, properties: object = {}, environment?: string) {
  write('manifest.json', { version: '48.0.0', artifacts: { 'Stack.assets': { type: 'cdk:asset-manifest' }, 'Stack': stack('Stack.template.json', properties, environment) } });
  write('Stack.template.json', template);
}

const read = (options: Partial<AssemblyOptions> = {}) => settingsFromAssembly({ directory, identity: async () => IDENTITY, ...options });
const repositories = async (options?: Partial<AssemblyOptions>) => (await read(options)).containerImages.flatMap((rule) => rule.repositories);
const resolved = (expression: unknown, template: object = {}, properties: object = {}) => {
  app({ ...template, Resources: { Settings: janitor('Stack/Janitor', content(expression)), ...(template as any).Resources } }, properties);
  return (options?: Partial<AssemblyOptions>) => repositories(options);
};

test('settings that refer to nothing are taken as they are, with the defaults filled in', async () => {
  app({ Resources: { Settings: janitor('Stack/Janitor', '{"version":1,"name":"Stack/Janitor","containerImages":[{"repositories":["app"],"expireAfter":"P14D"}]}') } });
  expect(await read()).toMatchObject({ name: 'Stack/Janitor', mode: 'REPORT_ONLY', containerImages: [{ repositories: ['app'], keepLatest: 5 }] });
});

test('invalid settings are told with the construct they are of', async () => {
  app({ Resources: { Settings: janitor('Stack/Janitor', '{"version":1}') } });
  await expect(read()).rejects.toThrow(SettingsError);
  await expect(read()).rejects.toThrow(/^the settings \(Stack\/Janitor in .*\) have a problem/);
});

describe('what CloudFormation would resolve', () => {
  test('pseudo parameters come from the identity and the stack', async () => {
    const expression = { 'Fn::Join': ['/', ['app', { Ref: 'AWS::Partition' }, { Ref: 'AWS::AccountId' }, { Ref: 'AWS::Region' }, { Ref: 'AWS::URLSuffix' }, { Ref: 'AWS::StackName' }]] };
    expect(await resolved(expression, {}, { stackName: 'the-stack' })()).toEqual(['app/aws/111122223333/eu-west-1/amazonaws.com/the-stack']);
    expect(await resolved({ Ref: 'AWS::URLSuffix' })({ identity: async () => ({ partition: 'aws-cn', account: '111122223333', region: 'cn-north-1' }) })).toEqual(['amazonaws.com.cn']);
  });

  test('Fn::Sub knows its own variables, pseudo parameters, attributes and literals', async () => {
    const expression = { 'Fn::Sub': ['${Team}/${AWS::Region}/${Thing.Name}', { Team: { 'Fn::Join': ['-', ['a', 'b']] } }] };
    expect(await resolved(expression)({ parameters: { 'Thing.Name': 'x' } })).toEqual(['a-b/eu-west-1/x']);
    expect(await resolved({ 'Fn::Sub': 'app-${AWS::AccountId}' })()).toEqual(['app-111122223333']);
    await expect(resolved({ 'Fn::Sub': 'app-${!Literal}' })()).rejects.toThrow(/"app-\$\{Literal\}" is not allowed/);
  });

  test('a parameter has its given value, else the one that the app gives, else its default', async () => {
    const template = { Parameters: { Team: { Type: 'String', Default: 'by-default' } } };
    expect(await resolved({ Ref: 'Team' }, template)()).toEqual(['by-default']);
    expect(await resolved({ Ref: 'Team' }, template, { parameters: { Team: 'by-app' } })()).toEqual(['by-app']);
    expect(await resolved({ Ref: 'Team' }, template, { parameters: { Team: 'by-app' } })({ parameters: { Team: 'given' } })).toEqual(['given']);
  });

  test('a number parameter counts as a number although CloudFormation makes it a string', async () => {
    app({
      Parameters: { Count: { Type: 'Number', Default: 3 } },
      Resources: { Settings: janitor('J', { 'Fn::Join': ['', ['{"version":1,"containerImages":[{"repositories":["a"],"expireAfter":"P1D","keepLatest":"', { Ref: 'Count' }, '"}]}']] }) },
    });
    expect((await read()).containerImages[0]!.keepLatest).toBe(3);
  });

  test('lists are joined, split and selected from', async () => {
    const template = { Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'one, two' } } };
    expect(await resolved({ 'Fn::Join': ['-', { Ref: 'Names' }] }, template)()).toEqual(['one-two']);
    expect(await resolved({ 'Fn::Select': [1, { Ref: 'Names' }] }, template)()).toEqual(['two']);
    expect(await resolved({ 'Fn::Select': ['1', { 'Fn::Split': ['/', 'repository/app'] }] })()).toEqual(['app']);
    await expect(resolved({ 'Fn::Select': [7, { Ref: 'Names' }] }, template)()).rejects.toThrow(/selects nothing/);
  });

  test('a resource that the template names is known before it is deployed', async () => {
    const template = { Resources: { Repo: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: { 'Fn::Join': ['-', ['app', { Ref: 'AWS::Region' }]] } } } } };
    expect(await resolved({ Ref: 'Repo' }, template)()).toEqual(['app-eu-west-1']);
  });

  test('a nested stack sees its own parameters through the stack around it', async () => {
    app({
      Parameters: { Team: { Type: 'String', Default: 'blue' } },
      Resources: {
        Nested: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: { Parameters: { FromParent: { 'Fn::Join': ['/', [{ Ref: 'Team' }, { Ref: 'Repo' }]] } } },
          Metadata: { 'aws:asset:path': 'Nested.nested.template.json' },
        },
        Repo: { Type: 'AWS::ECR::Repository' },
      },
    });
    write('Nested.nested.template.json', {
      Parameters: { FromParent: { Type: 'String' } },
      Resources: { Settings: janitor('Stack/Nested/Janitor', content({ Ref: 'FromParent' })) },
    });
    expect(await repositories({ parameters: { Repo: 'app' } })).toEqual(['blue/app']);
    await expect(read()).rejects.toThrow('containerImages[0].repositories[0]: needs the name of Repo (AWS::ECR::Repository): give --parameter Repo=VALUE');
  });
});

describe('nested stacks of an app that was synthesised without the CDK CLI', () => {
  const key = (name: string) => `${name.padEnd(64, '0')}.json`;
  const nested = (name: string, parameters: object = {}) => ({
    Type: 'AWS::CloudFormation::Stack',
    Properties: {
      TemplateURL: { 'Fn::Join': ['', ['https://s3.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/', { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}' }, `/${key(name)}`]] },
      Parameters: parameters,
    },
  });
  const assets = (...names: string[]) => write('Stack.assets.json', {
    version: '48.0.0',
    files: Object.fromEntries(names.map((name) => [name, { source: { path: `${name}.nested.template.json`, packaging: 'file' }, destinations: { any: { bucketName: 'b', objectKey: key(name) } } }])),
  });

  test('are found by the key in their URL, however deep', async () => {
    app({ Resources: { Outer: nested('outer', { FromParent: 'app' }) } });
    assets('inner', 'outer');
    write('outer.nested.template.json', { Parameters: { FromParent: { Type: 'String' } }, Resources: { Inner: nested('inner', { Deeper: { Ref: 'FromParent' } }) } });
    write('inner.nested.template.json', { Parameters: { Deeper: { Type: 'String' } }, Resources: { Settings: janitor('Stack/Outer/Inner/Janitor', content({ Ref: 'Deeper' })) } });
    expect(await repositories()).toEqual(['app']);
  });

  test('keep a janitor that is one of several from being taken silently', async () => {
    app({ Resources: { Settings: janitor('Stack/Janitor', content('top')), Nested: nested('one') } });
    assets('one');
    write('one.nested.template.json', { Resources: { Settings: janitor('Stack/Nested/Janitor', content('nested')) } });
    await expect(read()).rejects.toThrow('has 2 janitors; choose one with --construct:\n  Stack/Janitor\n  Stack/Nested/Janitor');
  });

  test('that cannot be found leave only a whole path to choose by', async () => {
    app({ Resources: { Settings: janitor('Stack/Janitor', content('top')), Nested: nested('one') } });
    const message = /these nested stacks have no template in .*: Nested of Stack; choose with --construct and the whole path:\n {2}Stack\/Janitor$/;
    await expect(read()).rejects.toThrow(message);
    await expect(read({ construct: 'Janitor' })).rejects.toThrow(message);
    expect(await repositories({ construct: 'Stack/Janitor' })).toEqual(['top']);
    write('Stack.assets.json', '{');
    await expect(read()).rejects.toThrow(message);
  });

  test('that cannot be found are named when there is no janitor beside them', async () => {
    app({ Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: { Ref: 'Url' } } } } });
    await expect(read()).rejects.toThrow(/no ImageJanitor is in .*; these nested stacks have no template in .*: Nested of Stack$/);
  });
});

describe('what stays unresolved', () => {
  test('is named, with its place in the settings and the way to give it', async () => {
    const template = { Resources: { Repo12345678: { Type: 'AWS::ECR::Repository' } } };
    await expect(resolved({ Ref: 'Repo12345678' }, template)()).rejects.toThrow(
      'the settings of Stack/Janitor refer to what only CloudFormation knows:\n'
      + '  containerImages[0].repositories[0]: needs the name of Repo12345678 (AWS::ECR::Repository): give --parameter Repo12345678=VALUE',
    );
    expect(await resolved({ Ref: 'Repo12345678' }, template)({ parameters: { Repo12345678: 'app' } })).toEqual(['app']);
  });

  test.each([
    [{ 'Fn::GetAtt': ['Thing', 'Name'] }, 'needs the attribute Thing.Name: give --parameter Thing.Name=VALUE', 'Thing.Name'],
    [{ 'Fn::GetAtt': 'Thing.Name' }, 'needs the attribute Thing.Name: give --parameter Thing.Name=VALUE', 'Thing.Name'],
    [{ 'Fn::ImportValue': 'Other:ExportsRepo' }, 'needs the export Other:ExportsRepo of another stack: give --parameter Other:ExportsRepo=VALUE', 'Other:ExportsRepo'],
    [{ Ref: 'AWS::StackId' }, 'needs AWS::StackId: give --parameter AWS::StackId=VALUE', 'AWS::StackId'],
  ])('%j can be given', async (expression, message, key) => {
    await expect(resolved(expression)()).rejects.toThrow(message);
    expect(await resolved(expression)({ parameters: { [key]: 'given' } })).toEqual(['given']);
  });

  test.each([[{ 'Fn::If': ['IsProd', 'a', 'b'] }], [{ 'Fn::FindInMap': ['Map', 'a', 'b'] }], [{ 'Fn::Split': ['/', { 'Fn::If': ['A', 'b', 'c'] }] }]])('%j is refused, never guessed', async (expression) => {
    await expect(resolved(expression)()).rejects.toThrow(/needs Fn::.*write the value itself in the app, or use the deployed settings/);
  });

  test('a parameter of the Parameter Store is not its default, which is only the key there', async () => {
    const template = { Parameters: { Team: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/team/name' } } };
    await expect(resolved({ Ref: 'Team' }, template)()).rejects.toThrow('give --parameter Team=VALUE');
  });

  test('every unresolved value is named at once', async () => {
    app({ Resources: { Settings: janitor('J', content({ 'Fn::Join': ['-', [{ Ref: 'One' }, { Ref: 'Two' }, { Ref: 'One' }]] })) } });
    await expect(read()).rejects.toThrow(/needs One: .*\n.*needs Two: /);
  });

  test('a value outside a string is named too, although the text is no JSON without it', async () => {
    app({ Resources: { Settings: janitor('J', { 'Fn::Join': ['', ['{"version":1,"containerImages":[],"guards":{"maxRetireCount":', { Ref: 'Count' }, '}}']] }) } });
    await expect(read()).rejects.toThrow('\n  needs Count: give --parameter Count=VALUE');
  });

  test('a given value that nothing refers to is refused: its name may be misspelt', async () => {
    const attempt = resolved({ Ref: 'Team' }, { Parameters: { Team: { Type: 'String', Default: 'by-default' } } });
    await expect(attempt({ parameters: { Taem: 'x' } })).rejects.toThrow('nothing in the settings of Stack/Janitor refers to Taem: check the spelling of --parameter');
  });
});

describe('the record bucket', () => {
  const withBucket = (repository: unknown = 'app') => app({
    Resources: {
      Settings: janitor('Stack/Janitor', content(repository, ',"record":{"bucket":"', { Ref: 'Bucket' }, '"}')),
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
  });

  test('may stay unresolved when the record is elsewhere', async () => {
    withBucket();
    const settings = await read({ recordElsewhere: true });
    expect(settings.record).toBeUndefined();
    expect(settings.containerImages[0]!.repositories).toEqual(['app']);
  });

  test('must be given when the record is in it', async () => {
    withBucket();
    await expect(read()).rejects.toThrow('record.bucket: needs the name of Bucket (AWS::S3::Bucket): give --parameter Bucket=VALUE, or keep the record in a folder with --record-dir');
    expect((await read({ parameters: { Bucket: 'the-bucket' } })).record).toEqual({ bucket: 'the-bucket' });
  });

  test('does not excuse anything else that is unresolved', async () => {
    withBucket({ Ref: 'Repo' });
    await expect(read({ recordElsewhere: true })).rejects.toThrow('needs Repo');
    withBucket({ Ref: 'Bucket' });
    await expect(read({ recordElsewhere: true })).rejects.toThrow('containerImages[0].repositories[0], record.bucket: needs');
  });
});

describe('several janitors', () => {
  beforeEach(() => {
    write('manifest.json', {
      version: '48.0.0',
      artifacts: { 'Main': stack('Main.template.json'), 'assembly-Prod': { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } } },
    });
    write('Main.template.json', { Resources: { A: janitor('Main/First', content('first')), B: janitor('Main/Janitor', content('second')) } });
    write('assembly-Prod/manifest.json', { version: '48.0.0', artifacts: { Stack: stack('Stack.template.json') } });
    write('assembly-Prod/Stack.template.json', { Resources: { A: janitor('Prod/Main/Janitor', content('prod')) } });
  });

  test('none is chosen silently: the error lists them all, those of stages too', async () => {
    await expect(read()).rejects.toThrow('has 3 janitors; choose one with --construct:\n  Main/First\n  Main/Janitor\n  Prod/Main/Janitor');
  });

  test('one is chosen by its whole path, even where that is the end of another', async () => {
    expect(await repositories({ construct: 'Main/Janitor' })).toEqual(['second']);
    expect(await repositories({ construct: 'Prod/Main/Janitor' })).toEqual(['prod']);
  });

  test('one is chosen by the end of its path when no other ends so', async () => {
    expect(await repositories({ construct: 'First' })).toEqual(['first']);
    await expect(read({ construct: 'Janitor' })).rejects.toThrow('Janitor may be any of 2 janitors; give more of the path:\n  Main/Janitor\n  Prod/Main/Janitor');
  });

  test('part of a path segment is not its end', async () => {
    await expect(read({ construct: 'irst' })).rejects.toThrow('no janitor of');
  });
});

describe('whose settings they are', () => {
  const template = { Resources: { Settings: janitor('J', content('app')) } };

  test('settings of a stack for another account are refused', async () => {
    app(template, {}, 'aws://999988887777/eu-west-1');
    await expect(read()).rejects.toThrow('is for account 999988887777, but the credentials are of 111122223333');
  });

  test('settings of a stack for another region are refused, with the option to give', async () => {
    app(template, {}, 'aws://111122223333/us-east-1');
    await expect(read()).rejects.toThrow('give --region us-east-1');
  });

  test('settings of a stack for this account and region are taken', async () => {
    app(template, {}, 'aws://111122223333/eu-west-1');
    expect(await repositories()).toEqual(['app']);
  });
});

describe('what is no synthesised app', () => {
  test('a directory without a manifest is bad input', async () => {
    await expect(read()).rejects.toThrow(AssemblyError);
    await expect(read()).rejects.toThrow(BadInput);
    await expect(read()).rejects.toThrow(/is no cloud assembly: give the directory that cdk synth writes \(cdk.out\)/);
  });

  test('an app without a janitor is bad input', async () => {
    app({ Resources: { Settings: { ...janitor('J', '{}'), Metadata: {} } } });
    await expect(read()).rejects.toThrow(/no ImageJanitor is in/);
  });

  test('a template that is missing or broken is bad input', async () => {
    write('manifest.json', { artifacts: { Stack: stack('Stack.template.json') } });
    await expect(read()).rejects.toThrow(/the template of stack Stack cannot be read .* does not exist/);
    write('Stack.template.json', '{');
    await expect(read()).rejects.toThrow(AssemblyError);
  });
});
