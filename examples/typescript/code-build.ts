// For large registries: runs in CodeBuild for up to two hours, in a VPC, and tells a Slack channel about each run.
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ImageJanitor, JanitorMode, Runner, RunEvent } from 'cdk-image-janitor';

const app = new App();
const stack = new Stack(app, 'CodeBuild');

const channel = new chatbot.SlackChannelConfiguration(stack, 'Channel', {
  slackChannelConfigurationName: 'image-janitor',
  slackWorkspaceId: 'T00000000',
  slackChannelId: 'C00000000',
});

new ImageJanitor(stack, 'ImageJanitor', {
  mode: JanitorMode.ENFORCE,
  containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(30) }],
  maxRetireCount: 10_000,
  runner: Runner.codeBuild({ timeout: Duration.hours(2), vpc: new ec2.Vpc(stack, 'Vpc') }),
  notify: [channel],
  notifyOn: [RunEvent.FAILED, RunEvent.SUCCEEDED],
});
