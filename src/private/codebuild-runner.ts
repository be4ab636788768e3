import { Duration, Stack } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { checkDuration } from './durations';
import { EXIT_STATUS } from '../contract/report';
import { ACKNOWLEDGE_VARIABLE, SETTINGS_VARIABLE } from '../contract/settings';
import type { CodeBuildRunnerOptions, Runner, RunnerBindOptions, RunnerConfig } from '../runner';

/** By its name: the constant is not in the oldest aws-cdk-lib that is supported here. */
const BUILD_IMAGE = 'aws/codebuild/standard:8.0';

export class CodeBuildRunner implements Runner {
  constructor(private readonly options: CodeBuildRunnerOptions) {
    checkDuration('Runner.codeBuild({ timeout })', options.timeout, { min: Duration.minutes(5), max: Duration.hours(36), unit: 'minutes' });
  }

  public bind(scope: Construct, { settingsUri, enginePath, logGroup }: RunnerBindOptions): RunnerConfig {
    const { options } = this;
    const buildImage = options.buildImage ?? codebuild.LinuxBuildImage.fromCodeBuildImageId(BUILD_IMAGE);
    const engine = new assets.Asset(scope, 'Engine', { path: enginePath });
    const role = options.role ?? new iam.Role(scope, 'Role', {
      description: 'Runs an ImageJanitor',
      assumedBy: codeBuildOf(Stack.of(scope)),
    });
    const timeout = options.timeout ?? Duration.minutes(60);
    const project = new codebuild.Project(scope, 'Project', {
      description: 'Runs an ImageJanitor',
      source: codebuild.Source.s3({ bucket: engine.bucket, path: engine.s3ObjectKey }),
      buildSpec: buildSpec(buildImage, timeout.minus(STOPPING)),
      environment: { buildImage, computeType: options.computeType ?? codebuild.ComputeType.SMALL },
      environmentVariables: { [SETTINGS_VARIABLE]: { value: settingsUri } },
      timeout,
      // With a limit, a second build fails at once instead of waiting: two runs never overlap.
      concurrentBuildLimit: 1,
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup } },
      encryptionKey: options.encryptionKey,
      role: withoutLogging(role),
      vpc: options.vpc,
      subnetSelection: options.vpcSubnets,
      securityGroups: options.securityGroups,
    });
    return {
      arn: project.projectArn,
      startAction: 'codebuild:StartBuild',
      role,
      failureMetric: project.metricFailedBuilds({ period: Duration.minutes(5) }),
      codeBuildProject: project,
      connections: options.vpc ? project.connections : undefined,
    };
  }
}

/**
 * What a caller of StartBuild may replace of a build: everything, the program and its role included, unless a policy asks for the request to
 * be without it (https://docs.aws.amazon.com/codebuild/latest/userguide/action-context-keys.html). Environment variables count too, as
 * Node runs what some of them name; a plan may be acknowledged by one.
 */
export const START_CONDITIONS = {
  'Null': Object.fromEntries([
    'codebuild:source.buildspec',
    'codebuild:source.location',
    'codebuild:secondarySources.location',
    'codebuild:environment.image',
    'codebuild:environment.certificate',
    'codebuild:environment.fleet.fleetArn',
    'codebuild:serviceRole',
  ].map((key) => [key, 'true'])),
  'ForAllValues:StringEquals': { 'codebuild:environment.environmentVariables.name': [ACKNOWLEDGE_VARIABLE] },
};

/** Any project, as naming this one would make role and project wait for each other. */
function codeBuildOf(stack: Stack): iam.IPrincipal {
  return new iam.ServicePrincipal('codebuild.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'codebuild', resource: 'project', resourceName: '*' }) },
    },
  });
}

/**
 * The same role, for a project that is not to let it make log groups: aws-cdk-lib grants that whatever `logging` says, for a group that
 * no run writes to.
 */
function withoutLogging(role: iam.IRole): iam.IRole {
  const addToPrincipalPolicy = (statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult => (
    statement.actions.every((action) => action.startsWith('logs:')) ? { statementAdded: true, policyDependable: role } : role.addToPrincipalPolicy(statement)
  );
  return Object.create(role, { addToPrincipalPolicy: { value: addToPrincipalPolicy } });
}

/** Time between a run's deadline and the end of its build: to finish what is under way and write the report. */
const STOPPING = Duration.minutes(2);

/** @param deadline when the run has to stop in good order, before CodeBuild stops it */
function buildSpec(buildImage: codebuild.IBuildImage, deadline: Duration): codebuild.BuildSpec {
  // CodeBuild refuses runtime-versions on images that are not its own.
  const isCurated = buildImage.imageId.startsWith('aws/codebuild/');
  return codebuild.BuildSpec.fromObjectToYaml({
    version: '0.2',
    phases: {
      ...(isCurated ? { install: { 'runtime-versions': { nodejs: '24' } } } : {}),
      build: {
        commands: [
          // A run that stopped at its deadline is no failure: the next one goes on.
          `node index.js run --metrics --max-images 100 --deadline PT${deadline.toSeconds()}S || { status=$?; test $status -eq ${EXIT_STATUS.PARTIAL} || (exit $status); }`,
        ],
      },
    },
  });
}
