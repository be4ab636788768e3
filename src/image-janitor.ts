import { join } from 'path';
import { Annotations, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as notifications from 'aws-cdk-lib/aws-codestarnotifications';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ContainerImageRule } from './container-images';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, Settings } from './contract/settings';
import { RunEvent } from './notifications';
import { checkDuration } from './private/durations';
import { janitorName, recordPrefix } from './private/names';
import { Notifier } from './private/notifier';
import { engineStatements, MOST_RESOURCE_CHARACTERS, MOST_RESOURCE_CHARACTERS_OF_IMPORTED_ROLE, partsOf, resourceCharacters } from './private/policies';
import { createRecordBucket } from './private/record-bucket';
import { hasPullTimeExclusions } from './private/regions';
import { grantStart, grantStatements } from './private/role';
import { createDeadLetterQueue, RunSchedule } from './private/schedule';
import { toSettings } from './private/settings';
import { SettingsCarrier } from './private/settings-carrier';
import { checkList } from './private/validation';
import { Runner, RunnerConfig } from './runner';
import { UsageSource } from './usage';

/** What a janitor may do. */
export enum JanitorMode {
  /** Plans and reports; changes nothing, and has no permission to. */
  REPORT_ONLY = 'REPORT_ONLY',
  /** Plans, reports and retires. */
  ENFORCE = 'ENFORCE',
}

/** Properties of an `ImageJanitor`. */
export interface ImageJanitorProps {
  /**
   * Whether images are retired, or only reported as such. Look at a report or two before you enforce.
   *
   * @default JanitorMode.REPORT_ONLY
   */
  readonly mode?: JanitorMode;

  /**
   * Rules for container images in Amazon ECR, in order: the first one that selects a repository decides. At least one.
   *
   * @default - none, which is an error
   */
  readonly containerImages?: ContainerImageRule[];

  /**
   * Where to look for what uses an image. A service that is not listed is read whole.
   *
   * @default [UsageSource.ecs(), UsageSource.lambda()]
   */
  readonly usage?: UsageSource[];

  /**
   * The most that one run may retire of one repository, in percent of its images: 1 to 100. A plan above that stops the run before it retires
   * anything; see `acknowledgePlan`. 100 switches the limit off.
   *
   * @default 50
   */
  readonly maxRetirePercent?: number;

  /**
   * The most images that one run may retire: a positive integer. A plan above that stops the run before it retires anything; see
   * `acknowledgePlan`.
   *
   * @default 1000
   */
  readonly maxRetireCount?: number;

  /**
   * No image that is younger than this is ever retired, whatever a rule says. 0 is warned about.
   *
   * @default Duration.days(1)
   */
  readonly safetyAge?: Duration;

  /**
   * The hash of a plan that you have looked at, as the report shows it (`planHash`): its images may go although they are more than
   * the limits allow. 16 characters, each one of 0-9 and a-f. For the first clean-up of a neglected registry; remove it afterwards.
   *
   * @default - no plan is exempt from the limits
   */
  readonly acknowledgePlan?: string;

  /**
   * When to run, with a time zone if you like.
   *
   * @default - Tuesdays at 08:00 UTC: within working hours in Europe and Asia, so that whoever is notified is at work, and past the
   * weekend and Monday's holidays
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * Whether the schedule starts runs. Without it, `grantRun` lets someone else start them.
   *
   * @default true
   */
  readonly scheduleEnabled?: boolean;

  /**
   * A run starts within this time after the schedule's: whole minutes, 1 minute to 24 hours, or `Duration.minutes(0)` for at once.
   *
   * @default Duration.minutes(60)
   */
  readonly flexibleWindow?: Duration;

  /**
   * What runs the engine.
   *
   * @default Runner.lambda()
   */
  readonly runner?: Runner;

  /**
   * Keeps the record: plans, journals and reports by run, and what the next run has to know. In a bucket that you pass, all of it is
   * below account, region, stack and construct, so that several janitors can share the bucket. If an imported bucket is encrypted with a
   * key of AWS KMS, let the role `kms:Decrypt` and `kms:GenerateDataKey` with it yourself: the janitor cannot know the key.
   *
   * @default - a new bucket: private, encrypted, versioned, TLS only
   */
  readonly recordBucket?: s3.IBucket;

  /**
   * How long the record is kept in the bucket that the janitor makes: whole days, at least one. No effect with `recordBucket`.
   *
   * @default Duration.days(400)
   */
  readonly recordRetention?: Duration;

  /**
   * Where the engine's output goes.
   *
   * @default - a new log group
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * How long the output is kept in the log group that the janitor makes. No effect with `logGroup`.
   *
   * @default RetentionDays.SIX_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * What becomes of the record bucket and the log group that the janitor makes, once the janitor is removed from its stack. A bucket
   * that still holds a record cannot be destroyed by CloudFormation: empty it first.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Registers the role as a pull-time update exclusion of Amazon ECR (`AWS::ECR::PullTimeUpdateExclusion`). Without it, images that the engine
   * reads look as if they had been pulled, to lifecycle policies and to people. A role can be registered once in an account and region:
   * a second time, by another janitor with the same role for example, fails the deployment.
   *
   * @default - true with a role that the janitor makes, unless the stack is known to be in a partition other than `aws`, `aws-cn` and
   * `aws-us-gov`; false with a role of your own
   */
  readonly excludeFromPullTimes?: boolean;

  /**
   * Who is told: SNS topics and Slack channels (`SlackChannelConfiguration` of `aws-cdk-lib/aws-chatbot`). The policies of topics
   * that this app makes are extended as needed, and their keys' policies too; a topic that is encrypted with the key that AWS
   * manages for SNS (`alias/aws/sns`) takes no notifications. FIFO topics are refused. In GovCloud, China and other regions without
   * notification rules, `Runner.codeBuild()` tells of failures only, by an alarm; a stack without a region is taken to have the rules.
   *
   * @default - no one; alarms change their state all the same
   */
  readonly notify?: notifications.INotificationRuleTarget[];

  /**
   * What `notify` hears about. With `Runner.lambda()`, and in regions without notification rules, that is `FAILED` and nothing else. That a
   * run could not even be started is always told. Leaving out `FAILED` is warned about.
   *
   * @default - all events
   */
  readonly notifyOn?: RunEvent[];
}

/**
 * Cleans up old images on a schedule, and never one that is in use.
 *
 * Each run reads which images there are and what uses them, plans what to retire by your rules, checks the plan against limits, and
 * (with `JanitorMode.ENFORCE`) carries it out, looking at the usage again before each step. Whatever cannot be read or understood
 * counts as in use. Each run leaves a report that says, for every image, what was decided and why.
 */
export class ImageJanitor extends Construct implements iam.IGrantable, ec2.IConnectable {
  /** The principal of the role that the engine runs with. */
  public readonly grantPrincipal: iam.IPrincipal;
  /** The role that the engine runs with. */
  public readonly role: iam.IRole;
  /** What starts the runs. */
  public readonly schedule: scheduler.Schedule;
  /** The role that EventBridge Scheduler starts runs with. */
  public readonly scheduleRole: iam.Role;
  /**
   * Holds, for 14 days, what the schedule could not start. With `Runner.lambda()` also the event of a run that Lambda could not get to
   * within an hour, and of one that failed.
   */
  public readonly deadLetterQueue: sqs.Queue;
  /** Where the record is kept. */
  public readonly recordBucket: s3.IBucket;
  /** Where the engine's output goes. */
  public readonly logGroup: logs.ILogGroup;
  /** Runs the engine, with `Runner.lambda()`. */
  public readonly lambdaFunction?: lambda.Function;
  /** Runs the engine, with `Runner.codeBuild()`. */
  public readonly codeBuildProject?: codebuild.Project;
  /** Fires when a run failed; undefined with a runner that does not count failures. */
  public readonly failureAlarm?: cloudwatch.Alarm;
  /**
   * Fires when a run could not be started, and stays until the dead-letter queue is empty: empty it once you have looked, or the next
   * one makes no sound. With `Runner.lambda()` a run that failed fires it too, beside `failureAlarm`, as Lambda does not tell the two apart.
   */
  public readonly deadLetterAlarm: cloudwatch.Alarm;
  /** Tells `notify` about the runs of `Runner.codeBuild()`, in regions that have notification rules. */
  public readonly notificationRule?: notifications.NotificationRule;
  /** Takes alarms to the Slack channels of `notify`. */
  public readonly notificationTopic?: sns.Topic;

  /** Keeps the engine's own reading from counting as pulls; see `excludeFromPullTimes`. */
  public readonly pullTimeExclusion?: CfnResource;

  private readonly target: RunnerConfig;

  constructor(scope: Construct, id: string, props: ImageJanitorProps) {
    super(scope, id);
    if (typeof props !== 'object' || props === null) throw new Error('an ImageJanitor takes props: give at least containerImages');
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const flexibleWindow = props.flexibleWindow ?? Duration.minutes(60);
    checkDuration('flexibleWindow', flexibleWindow, { min: Duration.minutes(1), max: Duration.hours(24), unit: 'minutes', zero: 'at once' });
    const recordRetention = props.recordRetention ?? Duration.days(400);
    checkDuration('recordRetention', recordRetention, { min: Duration.days(1), max: Duration.days(36500), unit: 'days' });

    this.recordBucket = props.recordBucket ?? createRecordBucket(this, 'RecordBucket', recordRetention, removalPolicy);
    // A bucket that was passed in may serve several janitors, and other things.
    const prefix = props.recordBucket ? recordPrefix(this) : undefined;
    const settings = toSettings(this, props, { bucket: this.recordBucket.bucketName, prefix });
    const carrier = new SettingsCarrier(this, 'Settings', settings);

    this.logGroup = props.logGroup ?? new logs.LogGroup(this, 'LogGroup', {
      retention: props.logRetention ?? logs.RetentionDays.SIX_MONTHS,
      removalPolicy,
    });
    this.deadLetterQueue = createDeadLetterQueue(this, 'DeadLetterQueue');
    this.target = (props.runner ?? Runner.lambda()).bind(new Construct(this, 'Runner'), {
      settingsUri: carrier.uri,
      enginePath: join(__dirname, '..', 'assets', 'engine'),
      logGroup: this.logGroup,
      deadLetterQueue: this.deadLetterQueue,
    });
    this.role = this.target.role;
    this.grantPrincipal = this.role.grantPrincipal;
    this.lambdaFunction = this.target.lambdaFunction;
    this.codeBuildProject = this.target.codeBuildProject;
    this.grantEngine(settings, carrier, prefix);
    if (props.excludeFromPullTimes ?? (this.isOwn(this.role) && hasPullTimeExclusions(this))) this.pullTimeExclusion = this.createPullTimeExclusion();

    const runs = new RunSchedule(this, 'Runs', {
      schedule: props.schedule ?? scheduler.ScheduleExpression.cron({ weekDay: 'TUE', hour: '8', minute: '0' }),
      enabled: props.scheduleEnabled ?? true,
      flexibleWindow,
      target: this.target,
      deadLetterQueue: this.deadLetterQueue,
    });
    this.schedule = runs.schedule;
    this.scheduleRole = runs.role;

    this.failureAlarm = this.target.failureMetric && this.createAlarm('FailureAlarm', this.target.failureMetric, 'A run failed');
    this.deadLetterAlarm = this.createAlarm('DeadLetterAlarm', this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: 'Maximum',
    }), 'A run could not be started, or failed in Lambda');
    checkList('notify', props.notify, 'SNS topics and Slack channels');
    checkList('notifyOn', props.notifyOn, 'RunEvent');
    if (props.notify?.length) {
      const notifier = new Notifier(this, 'Notifications', {
        targets: props.notify,
        events: props.notifyOn,
        project: this.codeBuildProject,
        failureAlarm: this.failureAlarm,
        deadLetterAlarm: this.deadLetterAlarm,
      });
      this.notificationRule = notifier.rule;
      this.notificationTopic = notifier.topic;
    }
  }

  /** The network of the runner; fails without a VPC. */
  public get connections(): ec2.Connections {
    if (!this.target.connections) throw new Error('the janitor has no connections, as its runner is in no VPC: give the runner a vpc');
    return this.target.connections;
  }

  /**
   * Lets the grantee start a run: with the settings as deployed, or with less (`REPORT_ONLY`), or with a plan acknowledged that the limits
   * would stop; so grant it to whom you would let enforce.
   *
   * With `Runner.codeBuild()` the grantee may start a build as it is, and set no environment variable but
   * `CDK_IMAGE_JANITOR_ACKNOWLEDGE_PLAN`. Whoever is allowed plain `codebuild:StartBuild` from elsewhere can replace the program that the
   * build runs, and so do all that the engine's role may do. Only roles and users of this account can be granted a build.
   */
  public grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.lambdaFunction?.grantInvoke(grantee) ?? grantStart(this, this.target, grantee);
  }

  /**
   * One of the metrics that each run writes, as a sum over five minutes.
   *
   * @param metricName `Runs`, `RetiredImages`, `ReclaimedBytes`, `HeldImages` or `Failures`
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [METRIC_DIMENSION]: janitorName(this) },
      statistic: cloudwatch.Stats.SUM,
      ...props,
    }).attachTo(this);
  }

  /** Runs that ended, whichever way. */
  public metricRuns(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.runs, props);
  }

  /** Images that were retired. */
  public metricRetiredImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.retiredImages, props);
  }

  /** Bytes that retired images took; an upper bound, as images share layers. */
  public metricReclaimedBytes(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.reclaimedBytes, props);
  }

  /** Images that are old enough to go and stay, because something about them is not certain. */
  public metricHeldImages(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.heldImages, props);
  }

  /** Runs that did not do all of their work for another reason than time. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failures, props);
  }

  private grantEngine(settings: Settings, carrier: SettingsCarrier, prefix: string | undefined): void {
    const patterns = settings.containerImages.flatMap((rule) => rule.repositories);
    const room = this.role instanceof iam.Role ? MOST_RESOURCE_CHARACTERS : MOST_RESOURCE_CHARACTERS_OF_IMPORTED_ROLE;
    const fits = resourceCharacters(patterns) <= room;
    if (!fits) {
      Annotations.of(this).addWarningV2('image-janitor:wideRepositoryAccess', 'containerImages name more repositories than the role\'s policies have room for, so it may touch every repository of the region: use patterns such as \'example-*\', or a role that this app makes, which has more room than an imported one');
    }
    grantStatements(this, this.role, engineStatements(Stack.of(this), partsOf(settings), {
      'ecr-repository': fits ? patterns : ['*'],
      'record-bucket': [this.recordBucket.bucketName],
      'record-object': [[this.recordBucket.bucketName, prefix].filter((part) => part !== undefined).join('/')],
      'hosted-configuration': carrier.resourceNames,
    }));
    this.recordBucket.encryptionKey?.grantEncryptDecrypt(this.role);
    this.logGroup.grantWrite(this.role);
  }

  /** One of yours may have been excluded already, by you or by another janitor, and a second time is an error. */
  private isOwn(role: iam.IRole): boolean {
    return role.node.scopes.includes(this);
  }

  private createPullTimeExclusion(): CfnResource {
    // By its name: the L1 is not in the oldest aws-cdk-lib that is supported here.
    return new CfnResource(this, 'PullTimeExclusion', { type: 'AWS::ECR::PullTimeUpdateExclusion', properties: { PrincipalArn: this.role.roleArn } });
  }

  private createAlarm(id: string, metric: cloudwatch.IMetric, alarmDescription: string): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      metric,
      alarmDescription: `${alarmDescription}: ${janitorName(this)}`,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
