import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as notifications from 'aws-cdk-lib/aws-codestarnotifications';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { RULE, Synthesised, synthesise, warningsOf } from './synth';
import { ImageJanitor, Runner, RunEvent } from '../src';

const RULES = 'AWS::CodeStarNotifications::NotificationRule';

function slackChannel(scope: Stack): chatbot.SlackChannelConfiguration {
  return new chatbot.SlackChannelConfiguration(scope, 'Slack', { slackChannelConfigurationName: 'slack', slackWorkspaceId: 'T0000000', slackChannelId: 'C0000000' });
}

function importedChannel(scope: Stack): chatbot.ISlackChannelConfiguration {
  return chatbot.SlackChannelConfiguration.fromSlackChannelConfigurationArn(scope, 'Slack', 'arn:aws:chatbot::111111111111:chat-configuration/slack-channel/slack');
}

/** Who may publish to a topic, and under which condition. */
function publishers(template: Template, topic: string): Record<string, unknown> {
  const policies = Object.values(template.findResources('AWS::SNS::TopicPolicy')).filter((policy) => policy.Properties.Topics[0].Ref === topic);
  const statements = policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement).filter((statement) => statement.Effect === 'Allow');
  for (const statement of statements) expect(statement).toMatchObject({ Action: 'sns:Publish', Resource: { Ref: topic } });
  return Object.fromEntries(statements.map((statement) => [statement.Principal.Service, statement.Condition]));
}

function idOf({ stack }: Synthesised, path: string): string {
  return stack.getLogicalId(path.split('/').reduce((node, id) => node.node.findChild(id), stack as any).node.defaultChild);
}

function alarmActions({ template }: Synthesised): Record<string, unknown> {
  return Object.fromEntries(Object.values(template.findResources('AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => [Properties.MetricName, (Properties.AlarmActions ?? []).map((action: any) => action.Ref)]));
}

const FROM_THIS_ACCOUNT = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

test('without notify no one is told, and the alarms are there to be used', () => {
  const synthesised = synthesise();
  expect(alarmActions(synthesised)).toEqual({ Errors: [], ApproximateNumberOfMessagesVisible: [] });
  synthesised.template.resourceCountIs('AWS::SNS::Topic', 0);
  synthesised.template.resourceCountIs(RULES, 0);
  expect(synthesised.janitor.failureAlarm).toBeDefined();
  expect(synthesised.janitor.notificationRule).toBeUndefined();
});

describe('with the CodeBuild runner', () => {
  test('a topic hears about each state of a run, and only this account may publish to it', () => {
    const synthesised = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')] }));
    const topic = idOf(synthesised, 'Topic');
    synthesised.template.hasResource(RULES, {
      Properties: {
        EventTypeIds: Match.exact(['failed', 'succeeded', 'in-progress', 'stopped'].map((state) => `codebuild-project-build-state-${state}`)),
        Targets: [{ TargetType: 'SNS', TargetAddress: { Ref: topic } }],
        DetailType: 'FULL',
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^TopicPolicy')]),
    });
    expect(publishers(synthesised.template, topic)).toEqual({
      'codestar-notifications.amazonaws.com': FROM_THIS_ACCOUNT,
      'cloudwatch.amazonaws.com': FROM_THIS_ACCOUNT,
    });
    expect(synthesised.janitor.notificationRule).toBeDefined();
  });

  test('only the alarm that the rule knows nothing of goes to the topic', () => {
    const synthesised = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')] }));
    expect(alarmActions(synthesised)).toEqual({ FailedBuilds: [], ApproximateNumberOfMessagesVisible: [idOf(synthesised, 'Topic')] });
  });

  test('events can be chosen', () => {
    const { template } = synthesise((scope) => ({
      runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')], notifyOn: [RunEvent.STOPPED, RunEvent.FAILED, RunEvent.STOPPED],
    }));
    template.hasResourceProperties(RULES, { EventTypeIds: Match.exact(['codebuild-project-build-state-stopped', 'codebuild-project-build-state-failed']) });
  });

  test('a Slack channel is a target of the rule, and hears of alarms through a topic', () => {
    const synthesised = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [slackChannel(scope)] }));
    synthesised.template.hasResourceProperties(RULES, { Targets: [{ TargetType: 'AWSChatbotSlack', TargetAddress: { Ref: idOf(synthesised, 'Slack') } }] });
    const topic = idOf(synthesised, 'ImageJanitor/Notifications/AlarmTopic');
    synthesised.template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', { SnsTopicArns: [{ Ref: topic }] });
    expect(publishers(synthesised.template, topic)).toEqual({ 'cloudwatch.amazonaws.com': FROM_THIS_ACCOUNT });
    expect(alarmActions(synthesised).ApproximateNumberOfMessagesVisible).toEqual([topic]);
  });

  test('an imported Slack channel hears about runs, with a warning about what it does not hear', () => {
    const { template, stack } = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [importedChannel(scope)] }));
    template.hasResourceProperties(RULES, { Targets: [{ TargetType: 'AWSChatbotSlack' }] });
    expect(warningsOf(stack)).toEqual([expect.stringContaining('notify[0] hears about runs, but not when a run could not be started at all')]);
    expect(warningsOf(stack)[0]).toContain('image-janitor:alarmsNotReported');
  });
});

describe('with the Lambda runner', () => {
  test('a topic hears of failures and of runs that could not be started', () => {
    const synthesised = synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic')] }));
    const topic = idOf(synthesised, 'Topic');
    expect(alarmActions(synthesised)).toEqual({ Errors: [topic], ApproximateNumberOfMessagesVisible: [topic] });
    expect(publishers(synthesised.template, topic)).toEqual({ 'cloudwatch.amazonaws.com': FROM_THIS_ACCOUNT });
    synthesised.template.resourceCountIs(RULES, 0);
  });

  test('Slack channels and topics hear of the same alarms, the channels through one topic', () => {
    const synthesised = synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic'), slackChannel(scope)] }));
    const topics = [idOf(synthesised, 'Topic'), idOf(synthesised, 'ImageJanitor/Notifications/AlarmTopic')];
    expect(alarmActions(synthesised).Errors).toEqual(topics);
    synthesised.template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', { SnsTopicArns: [{ Ref: topics[1] }] });
    expect(synthesised.janitor.notificationTopic).toBeDefined();
  });

  test('an imported Slack channel is refused, as it would hear nothing', () => {
    expect(() => synthesise((scope) => ({ notify: [importedChannel(scope)] })))
      .toThrow('notify[0] is neither an SNS topic nor a Slack channel that this app creates, so no alarm reaches it');
  });

  test('any other target is refused for the same reason', () => {
    const other: notifications.INotificationRuleTarget = { bindAsNotificationRuleTarget: () => ({ targetType: 'AWSChatbotMicrosoftTeams', targetAddress: 'arn' }) };
    expect(() => synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic'), other] }))).toThrow('notify[1] is neither an SNS topic nor a Slack channel');
  });

  test('events that this runner does not report are warned about', () => {
    const { stack } = synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic')], notifyOn: [RunEvent.FAILED, RunEvent.SUCCEEDED] }));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('notifyOn names SUCCEEDED, which only Runner.codeBuild() reports')]);
  });
});

test('a target that is given twice is told once', () => {
  const synthesised = synthesise((scope) => {
    const topic = new sns.Topic(scope, 'Topic');
    const arn = 'arn:aws:sns:eu-west-1:111111111111:other';
    return { runner: Runner.codeBuild(), notify: [topic, topic, sns.Topic.fromTopicArn(scope, 'One', arn), sns.Topic.fromTopicArn(scope, 'Two', arn)] };
  });
  const [rule] = Object.values(synthesised.template.findResources(RULES));
  expect(rule.Properties.Targets).toHaveLength(2);
});

test.each<[string, (scope: Stack) => sns.ITopic]>([
  ['of this app', (scope) => new sns.Topic(scope, 'Topic', { fifo: true, topicName: 'topic.fifo' })],
  ['that is imported', (scope) => sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111111111111:topic.fifo')],
])('a FIFO topic %s is refused, as neither alarms nor notification rules publish to one', (_what, topic) => {
  expect(() => synthesise((scope) => ({ notify: [topic(scope)] }))).toThrow('notify[0] is a FIFO topic, to which neither alarms nor notification rules publish: give a standard topic');
});

test('leaving out failures is warned about', () => {
  const { stack } = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')], notifyOn: [RunEvent.SUCCEEDED] }));
  expect(warningsOf(stack)).toEqual([expect.stringContaining('image-janitor:failuresNotReported')]);
});

describe('where there are no notification rules', () => {
  test.each(['us-gov-west-1', 'cn-north-1', 'eu-south-1'])('a topic hears of failures by alarm: %s', (region) => {
    const synthesised = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')] }), { account: '111111111111', region });
    synthesised.template.resourceCountIs(RULES, 0);
    expect(synthesised.janitor.notificationRule).toBeUndefined();
    const topic = idOf(synthesised, 'Topic');
    expect(alarmActions(synthesised)).toEqual({ FailedBuilds: [topic], ApproximateNumberOfMessagesVisible: [topic] });
    expect(warningsOf(synthesised.stack)).toEqual([expect.stringContaining('image-janitor:onlyFailuresReported')]);
  });

  test('what is asked for is no more than that, nothing is warned about', () => {
    const { stack } = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')], notifyOn: [RunEvent.FAILED] }), { region: 'cn-north-1' });
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each(['eu-west-1', undefined])('is not here: %s', (region) => {
    const { template } = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic')] }), region ? { region } : undefined);
    template.resourceCountIs(RULES, 1);
  });
});

test('an empty list of events is refused', () => {
  expect(() => synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic')], notifyOn: [] }))).toThrow('notifyOn is empty');
});

test('an imported topic is used as it is, with a warning that says what its policy needs', () => {
  const { stack } = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111111111111:topic')] }));
  expect(warningsOf(stack)).toEqual([
    expect.stringContaining('let codestar-notifications.amazonaws.com do sns:Publish there'),
    expect.stringContaining('let cloudwatch.amazonaws.com do sns:Publish there'),
  ]);
});

describe('an encrypted topic', () => {
  test('has its key opened to the services that publish', () => {
    const synthesised = synthesise((scope) => ({ runner: Runner.codeBuild(), notify: [new sns.Topic(scope, 'Topic', { masterKey: new kms.Key(scope, 'Key') })] }));
    for (const Service of ['codestar-notifications.amazonaws.com', 'cloudwatch.amazonaws.com']) {
      synthesised.template.hasResourceProperties('AWS::KMS::Key', {
        KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service }, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Condition: FROM_THIS_ACCOUNT })]) },
      });
    }
    expect(warningsOf(synthesised.stack)).toEqual([]);
  });

  test('with an imported key is warned about', () => {
    const { stack } = synthesise((scope) => ({
      notify: [new sns.Topic(scope, 'Topic', { masterKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000') })],
    }));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('let cloudwatch.amazonaws.com do kms:Decrypt and kms:GenerateDataKey* with it')]);
  });

  test('with the key that AWS manages is warned about, as it never takes notifications', () => {
    const { stack } = synthesise((scope) => ({ notify: [new sns.Topic(scope, 'Topic', { masterKey: kms.Alias.fromAliasName(scope, 'Key', 'alias/aws/sns') })] }));
    expect(warningsOf(stack)).toEqual([expect.stringContaining('is encrypted with the key that AWS manages for SNS')]);
  });
});

test('two janitors share a topic, each statement once', () => {
  const { template } = synthesise((scope) => {
    const topic = new sns.Topic(scope, 'Topic');
    new ImageJanitor(scope, 'Other', { containerImages: [RULE], runner: Runner.codeBuild(), notify: [topic] });
    return { runner: Runner.codeBuild(), notify: [topic] };
  });
  expect(Object.values(template.findResources('AWS::SNS::TopicPolicy'))[0].Properties.PolicyDocument.Statement).toHaveLength(2);
});
