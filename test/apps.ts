import { App, Duration, Environment, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ImageJanitor, JanitorMode, Runner } from '../src';

export function stackOf(app: App, build: (stack: Stack) => void, env?: Environment): Stack {
  const stack = new Stack(app, 'Stack', { env });
  build(stack);
  return stack;
}

/** What people copy first. */
function smallest(stack: Stack): void {
  new ImageJanitor(stack, 'ImageJanitor', { containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(14) }] });
}

/** Everything that leads to another resource. */
function largest(stack: Stack): void {
  new ImageJanitor(stack, 'ImageJanitor', {
    mode: JanitorMode.ENFORCE,
    containerImages: [
      { ecrRepositories: [new ecr.Repository(stack, 'Repository')], expireAfter: Duration.days(14) },
      { repositories: ['example-*'], expireAfter: Duration.days(90), keepLatest: 10, keepTags: ['release-*'], expireUntaggedAfter: Duration.days(3) },
    ],
    runner: Runner.codeBuild(),
    notify: [new sns.Topic(stack, 'Topic', { enforceSSL: true })],
  });
}

/** The other runner, and someone who is told. */
function told(stack: Stack): void {
  new ImageJanitor(stack, 'ImageJanitor', {
    containerImages: [{ repositories: ['example-*'], expireAfter: Duration.days(14) }],
    notify: [new sns.Topic(stack, 'Topic', { enforceSSL: true })],
  });
}

export const TOLD: [string, (stack: Stack) => void] = ['a janitor in Lambda that tells someone', told];

export const APPS: [string, (stack: Stack) => void][] = [['the smallest janitor', smallest], ['a janitor with everything', largest]];
