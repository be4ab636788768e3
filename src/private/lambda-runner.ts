import { Duration, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { checkDuration } from './durations';
import { SETTINGS_VARIABLE } from '../contract/settings';
import type { LambdaRunnerOptions, Runner, RunnerBindOptions, RunnerConfig } from '../runner';

export class LambdaRunner implements Runner {
  constructor(private readonly options: LambdaRunnerOptions) {
    checkDuration('Runner.lambda({ timeout })', options.timeout, { min: Duration.seconds(60), max: Duration.minutes(15), unit: 'seconds' });
    checkRuntime(options.runtime);
  }

  public bind(scope: Construct, { settingsUri, enginePath, logGroup, deadLetterQueue }: RunnerBindOptions): RunnerConfig {
    const { options } = this;
    const role = options.role ?? new iam.Role(scope, 'Role', {
      description: 'Runs an ImageJanitor',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    if (options.vpc) role.addToPrincipalPolicy(networkInterfaces());
    role.addToPrincipalPolicy(new iam.PolicyStatement({ sid: 'KeepLostRuns', actions: ['sqs:SendMessage'], resources: [deadLetterQueue.queueArn] }));
    const lambdaFunction = new lambda.Function(scope, 'Function', {
      description: 'Runs an ImageJanitor',
      code: lambda.Code.fromAsset(enginePath),
      handler: 'index.handler',
      // By its name: the constant came with aws-cdk-lib 2.224, long after the oldest one that is supported here.
      runtime: options.runtime ?? new lambda.Runtime('nodejs24.x', lambda.RuntimeFamily.NODEJS),
      architecture: options.architecture ?? lambda.Architecture.ARM_64,
      memorySize: options.memorySize ?? 1769,
      timeout: options.timeout ?? Duration.minutes(15),
      // A run that failed is reported, not repeated: the next one comes on schedule.
      retryAttempts: 0,
      // Lambda takes every event at once and throttles later: what it has not got to by then is no run of today any more.
      maxEventAge: Duration.hours(1),
      // SqsDestination would grant more than sending.
      onFailure: { bind: () => ({ destination: deadLetterQueue.queueArn }) },
      reservedConcurrentExecutions: options.reserveConcurrency ?? true ? 1 : undefined,
      environment: { [SETTINGS_VARIABLE]: settingsUri },
      logGroup,
      role,
      vpc: options.vpc,
      vpcSubnets: options.vpcSubnets,
      securityGroups: options.securityGroups,
    });
    return {
      arn: lambdaFunction.functionArn,
      startAction: 'lambda:InvokeFunction',
      role,
      failureMetric: lambdaFunction.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      lambdaFunction,
      connections: options.vpc ? lambdaFunction.connections : undefined,
    };
  }
}

function checkRuntime(runtime: lambda.Runtime | undefined): void {
  if (runtime === undefined || Token.isUnresolved(runtime.name)) return;
  const version = /^nodejs(\d+)\.x$/.exec(runtime.name)?.[1];
  if (version === undefined || Number(version) < 22) throw new Error(`Runner.lambda({ runtime }) is '${runtime.name}': expected a Node.js runtime, 22 or newer`);
}

/**
 * What AWSLambdaVPCAccessExecutionRole grants for network interfaces. Lambda checks these before there is any interface, so they
 * cannot be narrowed (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
 */
function networkInterfaces(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'NetworkInterfaces',
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
