// Retires for good: a rule for one repository, a rule for all the others, and a topic that hears of failures.
import { App, Duration, Stack, TimeZone } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { ImageJanitor, JanitorMode, TaskDefinitionRevisions, UsageSource } from 'cdk-image-janitor';

const app = new App();
const stack = new Stack(app, 'Enforce');

const baseImages = new ecr.Repository(stack, 'BaseImages');
const topic = new sns.Topic(stack, 'Topic', { enforceSSL: true });
topic.addSubscription(new subscriptions.EmailSubscription('platform@example.com'));

const janitor = new ImageJanitor(stack, 'ImageJanitor', {
  mode: JanitorMode.ENFORCE,
  schedule: ScheduleExpression.cron({ weekDay: 'MON', hour: '8', minute: '0', timeZone: TimeZone.ASIA_TOKYO }),
  containerImages: [
    // The first rule that selects a repository decides on its images.
    { ecrRepositories: [baseImages], expireAfter: Duration.days(365), keepLatest: 20, keepTags: ['latest', 'lts-*'] },
    { repositories: ['*'], expireAfter: Duration.days(14), expireUntaggedAfter: Duration.days(3) },
  ],
  // Lambda is read too, as it is not mentioned.
  usage: [UsageSource.ecs({ taskDefinitionRevisions: TaskDefinitionRevisions.newest(10) })],
  notify: [topic],
});

janitor.metricHeldImages().createAlarm(stack, 'ManyHeldImages', { threshold: 100, evaluationPeriods: 1 });
