// The smallest janitor: a weekly report on what it would retire. Nothing is changed.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ImageJanitor } from 'cdk-image-janitor';

const app = new App();
const stack = new Stack(app, 'ReportOnly');

new ImageJanitor(stack, 'ImageJanitor', {
  containerImages: [{ repositories: ['*'], expireAfter: Duration.days(90) }],
});
