import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RunnerConfig } from '../runner';

export interface RunScheduleProps {
  readonly schedule: scheduler.ScheduleExpression;
  readonly enabled: boolean;
  readonly flexibleWindow: Duration;
  readonly target: RunnerConfig;
  /** Keeps what could not be started. */
  readonly deadLetterQueue: sqs.IQueue;
}

/** Starts the runs. What could not be started, after two more tries within a day, is in the dead-letter queue. */
export class RunSchedule extends Construct {
  public readonly schedule: scheduler.Schedule;
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: RunScheduleProps) {
    super(scope, id);
    // EventBridge Scheduler presents the ARN of the schedule's group, not of the schedule, as aws:SourceArn
    // (https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html). A group of our own makes
    // that ARN stand for this one schedule, and keeps the schedule out of its own role's trust.
    const group = new scheduler.ScheduleGroup(this, 'Group');
    // The group has a name (aws-cdk-lib makes one of the stack's name and the path), so one that outlived its stack would be in the way.
    group.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.role = new iam.Role(this, 'Role', {
      description: 'Starts the runs of an ImageJanitor',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': group.scheduleGroupArn },
        },
      }),
    });
    this.role.addToPolicy(new iam.PolicyStatement({ sid: 'Start', actions: [props.target.startAction], resources: [props.target.arn] }));
    this.role.addToPolicy(new iam.PolicyStatement({ sid: 'KeepDeadLetters', actions: ['sqs:SendMessage'], resources: [props.deadLetterQueue.queueArn] }));
    this.schedule = new scheduler.Schedule(this, 'Schedule', {
      description: 'Starts the runs of an ImageJanitor',
      scheduleGroup: group,
      schedule: props.schedule,
      enabled: props.enabled,
      timeWindow: props.flexibleWindow.toMilliseconds() === 0 ? scheduler.TimeWindow.off() : scheduler.TimeWindow.flexible(props.flexibleWindow),
      // The stock targets grant more than this one needs (every version of a function, for example).
      target: {
        bind: () => ({
          arn: props.target.arn,
          role: this.role,
          // The default, 185 retries, would start a run long after anyone expects it.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: Duration.hours(24).toSeconds() },
          deadLetterConfig: { arn: props.deadLetterQueue.queueArn },
        }),
      },
    });
    // The schedule names its group by a literal, and may try its target before the role's policy is there.
    this.schedule.node.addDependency(group, this.role);
  }
}

/** Keeps for as long as SQS can what could not be started, so that a long weekend passes unharmed. */
export function createDeadLetterQueue(scope: Construct, id: string): sqs.Queue {
  return new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}
