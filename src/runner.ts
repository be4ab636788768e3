import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CodeBuildRunner } from './private/codebuild-runner';
import { LambdaRunner } from './private/lambda-runner';

/** Options that every runner has. */
export interface RunnerOptions {
  /**
   * The role that the engine runs with. The janitor adds to it what it needs; a role that takes no policies (an imported, immutable
   * one) is left as it is, with a warning. A role that was imported by its name holds the names of some 30 repositories; with more it
   * may touch all of the region, with a warning.
   *
   * @default - a new role with exactly the permissions that the rules, the usage sources and the mode need
   */
  readonly role?: iam.IRole;

  /**
   * The VPC to run in. It needs a way to AWS: a NAT gateway, or endpoints for the services that the janitor calls.
   *
   * @default - no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Where in the VPC. Only with `vpc`.
   *
   * @default - private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Only with `vpc`.
   *
   * @default - a new security group that allows everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** Options of `Runner.lambda`. */
export interface LambdaRunnerOptions extends RunnerOptions {
  /**
   * How long a run may take. It stops in good order before that, says PARTIAL, and the next run goes on. 1 to 15 minutes.
   *
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * In MiB. Processor time grows with it; 1,769 MiB are one whole processor.
   *
   * @default 1769
   */
  readonly memorySize?: number;

  /**
   * Reserves one concurrent execution, so that two runs never overlap. The run lock keeps them apart anyway: switch this off in an
   * account whose concurrency limit is too low to reserve from (new accounts have 10).
   *
   * @default true
   */
  readonly reserveConcurrency?: boolean;

  /**
   * A Node.js runtime, 22 or newer.
   *
   * @default - `nodejs24.x`
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The processor's architecture; the engine runs on both.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;
}

/** Options of `Runner.codeBuild`. */
export interface CodeBuildRunnerOptions extends RunnerOptions {
  /**
   * How long a run may take. It stops in good order two minutes before that, and the next run goes on. Whole minutes, from 5 minutes to
   * 36 hours.
   *
   * @default Duration.minutes(60)
   */
  readonly timeout?: Duration;

  /**
   * An image with Node.js 22 or newer.
   *
   * @default - `aws/codebuild/standard:8.0` with Node.js 24
   */
  readonly buildImage?: codebuild.IBuildImage;

  /**
   * The size of the build machine.
   *
   * @default ComputeType.SMALL
   */
  readonly computeType?: codebuild.ComputeType;

  /**
   * Encrypts what CodeBuild would keep; a run keeps nothing there.
   *
   * @default - the key that AWS manages for Amazon S3
   */
  readonly encryptionKey?: kms.IKey;
}

/** What a runner is told about the janitor that it runs. */
export interface RunnerBindOptions {
  /** Where the engine finds its settings: the value of its environment variable `CDK_IMAGE_JANITOR_SETTINGS`. */
  readonly settingsUri: string;
  /**
   * The folder that holds the engine, one file without dependencies: `index.js` is both a Lambda module with the function `handler`
   * and a program (`node index.js run`).
   */
  readonly enginePath: string;
  /** Where the engine's output goes. The janitor lets the runner's role write to it. */
  readonly logGroup: logs.ILogGroup;
  /** Where a runner puts what it was given to run and could not run; an alarm watches it. */
  readonly deadLetterQueue: sqs.IQueue;
}

/** What a runner made. */
export interface RunnerConfig {
  /** ARN of what EventBridge Scheduler starts. */
  readonly arn: string;
  /** IAM action that starting it takes, for example `lambda:InvokeFunction`. */
  readonly startAction: string;
  /** The role that the engine runs with. */
  readonly role: iam.IRole;
  /**
   * Counts runs that failed.
   *
   * @default - no alarm for failed runs
   */
  readonly failureMetric?: cloudwatch.IMetric;
  /**
   * The function that runs the engine.
   *
   * @default - does not run in Lambda
   */
  readonly lambdaFunction?: lambda.Function;
  /**
   * The project that runs the engine; `notify` then hears of each state of a build.
   *
   * @default - does not run in CodeBuild
   */
  readonly codeBuildProject?: codebuild.Project;
  /**
   * The network that the engine runs in.
   *
   * @default - not in a VPC
   */
  readonly connections?: ec2.Connections;
}

/** What runs the engine. */
export abstract class Runner {
  /** Runs in AWS Lambda: up to 15 minutes, which is enough for some thousands of images. A longer run goes on next time. */
  public static lambda(options: LambdaRunnerOptions = {}): Runner {
    return new LambdaRunner(options);
  }

  /** Runs in AWS CodeBuild: up to 36 hours, with a notification for each state of a run. */
  public static codeBuild(options: CodeBuildRunnerOptions = {}): Runner {
    return new CodeBuildRunner(options);
  }

  /** Makes what runs the engine, as children of the scope. */
  public abstract bind(scope: Construct, options: RunnerBindOptions): RunnerConfig;
}
