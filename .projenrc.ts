import { awscdk, javascript, ReleasableCommits } from 'projen';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-image-janitor',
  description: 'A scheduled, safe cleaner of old images for your AWS account: it never retires an image in use, says why for every image, and can be tried without an AWS account',
  author: 'cdk-image-janitor contributors',
  authorAddress: 'cdk-image-janitor@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-image-janitor/cdk-image-janitor.git',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-image-janitor contributors',
  keywords: ['aws', 'cdk', 'ecr', 'container-images', 'lifecycle', 'cleanup', 'retention', 'ecs', 'lambda'],
  defaultReleaseBranch: 'main',
  stability: 'experimental',
  majorVersion: 0,

  // The oldest aws-cdk-lib we promise (and test). It is the first minor after aws-scheduler and its targets became stable (2.186.0)
  // that projen supports as a floor; nothing newer is needed.
  cdkVersion: '2.189.1',
  constructsVersion: '10.0.5',
  // `aws-cdk@latest` is an accidental 3.0.0 (aws/aws-cdk#38113): always name a 2.x.
  cdkCliVersion: '^2.1148.1',
  // Develop on the newest aws-cdk-lib, promise the oldest: the floor has its own check (scripts/check-floor.sh).
  peerDependencyOptions: { pinnedDevDependency: false },
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  sampleCode: false,
  minNodeVersion: '20.16.0',
  workflowNodeVersion: '24.x',
  integrationTestAutoDiscover: false,
  lambdaAutoDiscover: false,
  // Never exported from src/index.ts; esbuild bundles them (scripts/bundle.mjs), their own tsconfig checks them.
  tsconfigDevFile: 'tsconfig.dev.json',
  // One program for the linter: the tests and the engine are in no tsconfig.json that it would find by itself.
  eslintOptions: { dirs: ['src'], devdirs: ['test', 'scripts'], tsconfigPath: './tsconfig.dev.json', projectService: false, commandOptions: { fix: false } },
  excludeTypescript: ['src/engine/**', 'src/local-aws/**'],
  bin: { 'cdk-image-janitor': 'assets/engine/index.js' },

  devDeps: [
    'aws-cdk-lib@^2.276.0',
    'constructs@^10.5.1',
    'cdk-nag@^3.0.2',
    '@aws-cdk/cloudformation-diff@^2.187.5',
    // AGPL-3.0: proves the policies in tests and in the demo of this repository; never bundled, never shipped.
    '@cloud-copilot/iam-simulate@^0.1.173',
    'esbuild@^0.28.2',
    'fast-check@^4.10.2',
    'tsx',
    // Bundled into assets/engine and assets/local-aws: no runtime dependency reaches the consumer.
    '@aws-sdk/client-appconfig',
    '@aws-sdk/client-ecr',
    '@aws-sdk/client-ecs',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sts',
    '@smithy/node-http-handler',
    '@smithy/types',
    'cli-table3@^0.6.5',
    'commander@^14',
    'picocolors@^1.1.1',
    'zod@^4',
  ],

  jestOptions: {
    jestVersion: '^30',
    passWithNoTests: false,
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      collectCoverage: false,
      coverageReporters: ['text-summary', 'lcov'],
    },
  },

  releasableCommits: ReleasableCommits.featuresAndFixes(),
  npmTrustedPublishing: true,
  publishToPypi: { distName: 'cdk-image-janitor', module: 'cdk_image_janitor', trustedPublishing: true },
  depsUpgradeOptions: { cooldown: 5, workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY } },
  gitignore: ['/assets/', '/cdk.out/', '*.tgz', '.DS_Store', '/.venv/', '/.cache/', '.jsii.tabl.json'],
});

// What a user's node_modules has no use for.
for (const path of ['/examples/', '/bench/', '/scripts/', '/docs/*', '/rosetta/', '/.ci/', '/.venv/', '/.cache/', '/CONTRIBUTING.md', '.jsii.tabl.json']) {
  project.addPackageIgnore(path);
}
// Whoever reads the JSON report has its schema.
project.addPackageIgnore('!/docs/report.schema.json');

// unrs-resolver 1.13.0 lacks most of its platform binaries: `npm ci` fails with it.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// The tests compile with ts-jest one file at a time: types are checked by tsc, here and in src/engine and src/local-aws.
project.tsconfigDev.addInclude('.projenrc.ts');
// The examples import the package by name, as users do: they have a tsconfig of their own.
project.tsconfigDev.addExclude('examples');
for (const generated of ['lib', 'dist', 'assets', 'coverage', '.cache', '.venv']) project.tsconfigDev.addExclude(generated);
const strict: javascript.TypeScriptCompilerOptions = {
  target: 'ES2022',
  lib: ['es2023'],
  module: 'esnext',
  moduleResolution: javascript.TypeScriptModuleResolution.BUNDLER,
  types: ['node'],
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  skipLibCheck: true,
};
for (const side of ['engine', 'local-aws']) {
  new javascript.TypescriptConfig(project, {
    fileName: `src/${side}/tsconfig.json`,
    include: ['**/*.ts', '../contract/**/*.ts'],
    exclude: ['node_modules'],
    compilerOptions: strict,
  });
}

// They are bundled: what they import is no dependency of the package.
for (const side of ['engine', 'local-aws']) project.eslint?.allowDevDeps(`src/${side}/**`);

const bundle = project.addTask('bundle', {
  description: 'Build the engine and the embedded AWS into assets/',
  steps: [{ exec: 'node scripts/bundle.mjs' }],
});
project.preCompileTask.spawn(bundle);

const types = project.addTask('check:types', {
  description: 'Type-check everything that jsii does not compile: engine, embedded AWS, tests, examples',
  steps: [
    { exec: 'tsc --noEmit -p src/engine/tsconfig.json' },
    { exec: 'tsc --noEmit -p src/local-aws/tsconfig.json' },
    { exec: 'tsc --noEmit -p tsconfig.dev.json' },
    { exec: 'tsc --noEmit -p examples/typescript/tsconfig.json' },
  ],
});
project.testTask.prependSpawn(types);
project.testTask.prependSpawn(bundle);
// aws-cdk-lib 2.262 and later validate each template with WebAssembly at synth, two seconds per jest worker; one test of ours asks for it.
project.testTask.env('CDK_VALIDATION', 'false');
project.testTask.env('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
project.compileTask.env('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');

project.addTask('demo', {
  description: 'Synthesise an ImageJanitor and watch its own bundle clean a registry on the embedded AWS',
  steps: [{ spawn: bundle.name }, { exec: 'node assets/engine/index.js demo --app "tsx src/private/demo-app.ts"', receiveArgs: true }],
  env: { CDK_VALIDATION: 'false' },
});
project.addTask('eslint:fix', {
  description: 'Mend what the linter can mend by itself; the tests only look',
  steps: [{ spawn: 'eslint', args: ['--fix'] }],
});
project.addTask('check:moto', {
  description: "Run the packed package's command line against moto, an AWS that is not ours",
  steps: [{ exec: 'bash scripts/check-moto.sh' }],
});

project.synth();
