import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as notifications from 'aws-cdk-lib/aws-codestarnotifications';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IDependable } from 'constructs';
import { hasNotificationRules } from './regions';
import { checkEnum, quote } from './validation';
import { RunEvent } from '../notifications';

export interface NotifierProps {
  readonly targets: notifications.INotificationRuleTarget[];
  readonly events?: RunEvent[];
  /** A project reports each state of a run by itself. Without one, alarms are all there is. */
  readonly project?: codebuild.Project;
  /** Fires when a run failed. */
  readonly failureAlarm?: cloudwatch.Alarm;
  /** Fires when a run could not be started. */
  readonly deadLetterAlarm: cloudwatch.Alarm;
}

const PROJECT_EVENTS: Record<RunEvent, codebuild.ProjectNotificationEvents> = {
  [RunEvent.FAILED]: codebuild.ProjectNotificationEvents.BUILD_FAILED,
  [RunEvent.SUCCEEDED]: codebuild.ProjectNotificationEvents.BUILD_SUCCEEDED,
  [RunEvent.IN_PROGRESS]: codebuild.ProjectNotificationEvents.BUILD_IN_PROGRESS,
  [RunEvent.STOPPED]: codebuild.ProjectNotificationEvents.BUILD_STOPPED,
};

/** A Slack channel that can be subscribed to a topic; an imported one cannot. */
interface SubscribableChannel {
  addNotificationTopic(topic: sns.ITopic): void;
}

/** Tells the targets how runs went: through a notification rule on the CodeBuild project, and through alarms. */
export class Notifier extends Construct {
  public readonly rule?: notifications.NotificationRule;
  /** Takes alarms to Slack channels, which an alarm cannot reach by itself. */
  public readonly topic?: sns.Topic;

  private readonly targets: readonly notifications.INotificationRuleTarget[];

  constructor(scope: Construct, id: string, private readonly props: NotifierProps) {
    super(scope, id);
    const events = props.events ?? Object.values(RunEvent);
    if (events.length === 0) throw new Error('notifyOn is empty: name at least one event, or leave out notify');
    events.forEach((event, index) => checkEnum(`notifyOn[${index}]`, event, RunEvent, 'RunEvent'));
    props.targets.forEach((target, index) => this.checkTarget(target, `notify[${index}]`));
    this.targets = this.withoutRepeated(props.targets);
    if (props.project && hasNotificationRules(this)) this.rule = this.createRule(props.project, events);
    else this.warnAboutEvents(events);
    const topics = this.targets.filter(isTopic);
    const channels = this.targets.filter((target) => !isTopic(target));
    if (channels.some(isSubscribable)) {
      this.topic = new sns.Topic(this, 'AlarmTopic', { enforceSSL: true });
      topics.push(this.topic);
    }
    channels.forEach((channel) => this.subscribe(channel));
    topics.forEach((topic) => this.connectAlarms(topic));
  }

  private createRule(project: codebuild.Project, events: RunEvent[]): notifications.NotificationRule {
    const permissions: IDependable[] = [];
    if (!events.includes(RunEvent.FAILED)) {
      Annotations.of(this).addWarningV2('image-janitor:failuresNotReported', 'notifyOn leaves out FAILED, so nobody hears of a run that failed: name it, or watch failureAlarm yourself');
    }
    const targets = this.targets.map((target) => {
      if (!isTopic(target)) return target;
      permissions.push(...this.allowPublishing(target, 'codestar-notifications.amazonaws.com'));
      // A topic's own bind would let AWS CodeStar Notifications of any account publish to it.
      return { bindAsNotificationRuleTarget: () => ({ targetType: 'SNS', targetAddress: target.topicArn }) };
    });
    const rule = new notifications.NotificationRule(this, 'Rule', {
      source: project,
      events: [...new Set(events)].map((event) => PROJECT_EVENTS[event]),
      detailType: notifications.DetailType.FULL,
      targets,
    });
    // A rule that is made before its topic lets it publish shows the target as unreachable.
    rule.node.addDependency(...permissions);
    return rule;
  }

  /** A notification rule with the same target twice is refused at deploy, and an alarm would tell it twice. */
  private withoutRepeated(targets: readonly notifications.INotificationRuleTarget[]): notifications.INotificationRuleTarget[] {
    const keys = targets.map((target) => {
      const arn = isTopic(target) ? target.topicArn : (target as { slackChannelConfigurationArn?: string }).slackChannelConfigurationArn;
      return arn === undefined ? target : JSON.stringify(Stack.of(this).resolve(arn));
    });
    return targets.filter((_target, index) => keys.indexOf(keys[index]) === index);
  }

  private checkTarget(target: notifications.INotificationRuleTarget | undefined, path: string): void {
    if (typeof target !== 'object' || target === null) throw new Error(`${path} is ${quote(target)}: expected an SNS topic or a Slack channel`);
    if (isTopic(target) && (target.fifo || (!Token.isUnresolved(target.topicArn) && target.topicArn.endsWith('.fifo')))) {
      throw new Error(`${path} is a FIFO topic, to which neither alarms nor notification rules publish: give a standard topic`);
    }
  }

  private warnAboutEvents(events: readonly RunEvent[]): void {
    const silent = events.filter((event) => event !== RunEvent.FAILED).join(', ');
    if (silent === '') return;
    if (this.props.project) {
      Annotations.of(this).addWarningV2('image-janitor:onlyFailuresReported', `${Stack.of(this).region} has no notification rules, so notify hears of runs that failed or could not be started, and not of ${silent}: let notifyOn be [RunEvent.FAILED] if that will do`);
      return;
    }
    if (this.props.events === undefined) return;
    Annotations.of(this).addWarningV2('image-janitor:eventsNotReported', `notifyOn names ${silent}, which only Runner.codeBuild() reports: this runner reports FAILED`);
  }

  private subscribe(channel: notifications.INotificationRuleTarget): void {
    if (isSubscribable(channel)) {
      channel.addNotificationTopic(this.topic!);
      return;
    }
    const index = this.props.targets.indexOf(channel);
    const fix = 'pass a SlackChannelConfiguration that this app creates, or an SNS topic that the channel subscribes to';
    if (!this.rule) throw new Error(`notify[${index}] is neither an SNS topic nor a Slack channel that this app creates, so no alarm reaches it, and this runner reports by alarms here: ${fix}`);
    Annotations.of(this).addWarningV2('image-janitor:alarmsNotReported', `notify[${index}] hears about runs, but not when a run could not be started at all, as no alarm reaches it: ${fix}`);
  }

  private connectAlarms(topic: sns.ITopic): void {
    this.allowPublishing(topic, 'cloudwatch.amazonaws.com');
    const action = new actions.SnsAction(topic);
    this.props.deadLetterAlarm.addAlarmAction(action);
    // A notification rule has told already.
    if (!this.rule) this.props.failureAlarm?.addAlarmAction(action);
  }

  private allowPublishing(topic: sns.ITopic, service: string): IDependable[] {
    const statement = () => new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(service)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    const granted = topic.addToResourcePolicy(statement());
    if (!granted.statementAdded) {
      Annotations.of(this).addWarningV2('image-janitor:topicPolicyNotChanged', `the policy of topic ${topic.node.path} is not this app's to change: let ${service} do sns:Publish there, with aws:SourceAccount of this account as a condition`);
    }
    this.allowEncrypting(topic, service);
    return granted.policyDependable ? [granted.policyDependable] : [];
  }

  /** AWS services drop messages to a topic that is encrypted with a key they may not use, and tell no one. */
  private allowEncrypting(topic: sns.ITopic, service: string): void {
    const key: kms.IKey | undefined = topic.masterKey;
    const cfnTopic = topic.node.defaultChild;
    const keyId = cfnTopic instanceof sns.CfnTopic ? cfnTopic.kmsMasterKeyId : undefined;
    if (!key && keyId === undefined) return;
    const statement = new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(service)],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    if (key?.addToResourcePolicy(statement).statementAdded) return;
    const managed = /alias\/aws\/sns\b/.test(JSON.stringify(Stack.of(topic).resolve(keyId) ?? ''));
    Annotations.of(this).addWarningV2('image-janitor:topicKeyNotChanged', managed
      ? `topic ${topic.node.path} is encrypted with the key that AWS manages for SNS, with which ${service} cannot publish: use a key of your own, or none`
      : `the key of topic ${topic.node.path} is not this app's to change: let ${service} do kms:Decrypt and kms:GenerateDataKey* with it, or no notification arrives`);
  }
}

function isTopic(target: unknown): target is sns.ITopic {
  return typeof (target as sns.ITopic).topicArn === 'string';
}

function isSubscribable(target: unknown): target is notifications.INotificationRuleTarget & SubscribableChannel {
  return typeof (target as SubscribableChannel).addNotificationTopic === 'function';
}
