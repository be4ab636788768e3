/** What a service did once must not hold an account for as long as ECS remembers it. */
import type { Input } from './aws-stub';
import { digest, HOST, told, useWorld } from './world';
import type { SourceUsage } from '../../../src/engine/model';

const [A, B, C] = ['a', 'b', 'c'].map(digest) as [string, string, string];
const account = useWorld();
const named = (tag: string, imageDigest?: string) => ({ containerName: 'c0', image: `${HOST}/web:${tag}`, imageDigest });
let service: string;

beforeEach(() => {
  account.world.clusters = ['main'];
  account.world.taskDefinitions = { 'web:9': { images: [`${HOST}/web:live`] } };
  service = account.world.addService('main', 'web', 'web:9');
});

/** A deployment of a revision whose task definition is deleted. */
function addDeployment(id: string, status: string | undefined, images: Input[] | undefined, more: Input = {}): void {
  account.world.addDeployment(service, id, status as string, account.world.addRevision('main/web', id, `web:${id}`, images), more);
}

const ofRevisions = (usage: SourceUsage) => told(usage).filter((line) => line.startsWith('service revision')).map((line) => line.split(' → ')[1]);

test('the names are enough of a successful deployment that is past: its tags are protected', async () => {
  addDeployment('1', 'SUCCESSFUL', [named('v1')]);
  const usage = await account.readEcs();
  expect(usage).toMatchObject({ problems: [], doubts: [], notes: [expect.stringContaining('task-definition/web:1 is deleted')] });
  expect(ofRevisions(usage)).toEqual(['web:v1']);
});

test.each([
  ['no names', undefined],
  ['one container without its name', [named('v1'), { containerName: 'c1' }]],
])('a successful deployment that is past with %s is a problem once its task definition is deleted', async (_what, images) => {
  addDeployment('1', 'SUCCESSFUL', images);
  expect((await account.readEcs()).problems).toContainEqual({ text: expect.stringContaining('task-definition/web:1, named by service revision') });
});

test('a revision that is current leaves its repository in doubt once its task definition is deleted', async () => {
  addDeployment('1', 'IN_PROGRESS', [named('v1')]);
  expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [{ repository: 'web' }] });
});

test.each([
  ['ROLLBACK_FAILED', {}],
  ['ROLLBACK_FAILED', { finishedAt: 1_700_000_100 }],
  ['A_NEW_STATUS', { finishedAt: 1_700_000_100 }],
  [undefined, { finishedAt: 1_700_000_100 }],
])('a deployment in status %s %j is past, and protects what it went between', async (status, more) => {
  const [source, rollback] = [B, C].map((each, at) => account.world.addRevision('main/web', `s${at}`, 'web:9', [named('live', each)]));
  addDeployment('1', status, [named('v1', A)], { ...more, sourceServiceRevisions: [{ arn: source }], rollback: { serviceRevisionArn: rollback } });
  const usage = await account.readEcs();
  expect(usage).toMatchObject({ problems: [], doubts: [] });
  expect(ofRevisions(usage)).toEqual(expect.arrayContaining(['web:v1@a', 'web:live@b', 'web:live@c']));
});

test.each([
  ['A_NEW_STATUS', {}],
  [undefined, {}],
  // That contradicts itself: what is under way has not finished.
  ['ROLLBACK_IN_PROGRESS', { finishedAt: 1_700_000_100 }],
])('a deployment in status %s %j is not past', async (status, more) => {
  addDeployment('1', status, [named('v1', A)], more);
  expect(await account.readEcs()).toMatchObject({ problems: [], doubts: [{ repository: 'web' }] });
});
