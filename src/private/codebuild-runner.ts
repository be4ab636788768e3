import { Duration } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { checkDuration } from './validation';
import { EXIT_STATUS } from '../contract/report';
import type { CodeBuildRunnerOptions, Runner, RunnerBindOptions, RunnerConfig } from '../runner';

/** By its name: the constant is not in the oldest aws-cdk-lib that is supported here. */
const BUILD_IMAGE = 'aws/codebuild/standard:8.0';

export class CodeBuildRunner implements Runner {
  constructor(private readonly options: CodeBuildRunnerOptions) {
    checkDuration('Runner.codeBuild({ timeout })', options.timeout, { min: Duration.minutes(5), max: Duration.hours(36) });
  }

  public bind(scope: Construct, { environment, enginePath, logGroup }: RunnerBindOptions): RunnerConfig {
    const { options } = this;
    const buildImage = options.buildImage ?? codebuild.LinuxBuildImage.fromCodeBuildImageId(BUILD_IMAGE);
    const engine = new assets.Asset(scope, 'Engine', { path: enginePath });
    const role = options.role ?? new iam.Role(scope, 'Role', {
      description: 'Runs an ImageJanitor',
      assumedBy: new iam.ServicePrincipal('codebuild.amazonaws.com'),
    });
    const timeout = options.timeout ?? Duration.minutes(60);
    const project = new codebuild.Project(scope, 'Project', {
      description: 'Runs an ImageJanitor',
      source: codebuild.Source.s3({ bucket: engine.bucket, path: engine.s3ObjectKey }),
      buildSpec: buildSpec(buildImage, timeout.minus(STOPPING)),
      environment: { buildImage, computeType: options.computeType ?? codebuild.ComputeType.SMALL },
      environmentVariables: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, { value }])),
      timeout,
      // With a limit, a second build fails at once instead of waiting: two runs never overlap.
      concurrentBuildLimit: 1,
      grantReportGroupPermissions: false,
      logging: { cloudWatch: { logGroup } },
      encryptionKey: options.encryptionKey,
      role,
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
