/**
 * The app that the demo synthesises: what a user would write. `JANITOR_MODE` plays the second deployment, in which somebody has looked
 * at a report and switched the janitor on.
 */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { ImageJanitor, JanitorMode } from '../image-janitor';

const app = new App();
const stack = new Stack(app, 'Demo');

new ImageJanitor(stack, 'ImageJanitor', {
  mode: process.env.JANITOR_MODE === JanitorMode.ENFORCE ? JanitorMode.ENFORCE : JanitorMode.REPORT_ONLY,
  containerImages: [
    { repositories: ['base/*'], expireAfter: Duration.days(90), keepLatest: 3, keepTags: ['latest', '*-lts'] },
    { repositories: ['*'], expireAfter: Duration.days(14), keepLatest: 5, keepTags: ['latest', 'release-*'] },
  ],
});

app.synth();
