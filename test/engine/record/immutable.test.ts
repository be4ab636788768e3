import { memoryRecord } from '../../../src/engine/record';
import { ImmutableAnswers } from '../../../src/engine/record/immutable';

test('answers come back in the next run, and those that it has no use for are forgotten', async () => {
  const record = memoryRecord();
  const first = await ImmutableAnswers.load(record);
  first.set('used', ['a']).set('unused', ['b']);
  await first.save(record, { forget: true });
  const second = await ImmutableAnswers.load(record);
  expect(second.get('used')).toEqual(['a']);
  await second.save(record, { forget: true });
  const third = await ImmutableAnswers.load(record);
  expect([third.get('used'), third.get('unused')]).toEqual([['a'], undefined]);
});

test('nothing is written when nothing changed', async () => {
  const record = memoryRecord();
  const first = await ImmutableAnswers.load(record);
  await first.save(record, { forget: true });
  expect(await record.list('')).toEqual([]);
  await first.set('a', 1).save(record, { forget: true });
  const { etag } = (await record.read('cache/immutable.json'))!;
  const second = await ImmutableAnswers.load(record);
  second.get('a');
  await second.save(record, { forget: true });
  expect((await record.read('cache/immutable.json'))!.etag).toBe(etag);
});

test.each(['not JSON', 'null', '{"version":2,"answers":{"a":1}}', '{"version":1,"answers":7}', '{"version":1,"answers":null}'])('a record of %s is as good as none', async (body) => {
  const record = memoryRecord();
  await record.write('cache/immutable.json', body);
  expect((await ImmutableAnswers.load(record)).get('a')).toBeUndefined();
});

test('a record that can be neither read nor written costs nothing but time', async () => {
  const broken = { ...memoryRecord(), read: () => Promise.reject(new Error('denied')), write: () => Promise.reject(new Error('denied')) };
  const answers = await ImmutableAnswers.load(broken);
  await expect(answers.set('a', 1).save(broken, { forget: true })).resolves.toBeUndefined();
});

test('answers that were altered, or written by another version of the engine, count for nothing', async () => {
  const record = memoryRecord();
  const first = await ImmutableAnswers.load(record);
  await first.set('ecs:task-definition:1', ['web:old']).save(record, { forget: true });
  const { body } = (await record.read('cache/immutable.json'))!;
  await record.write('cache/immutable.json', body.replace('web:old', 'nginx'));
  expect((await ImmutableAnswers.load(record)).get('ecs:task-definition:1')).toBeUndefined();
  await record.write('cache/immutable.json', body);
  expect((await ImmutableAnswers.load(record)).get('ecs:task-definition:1')).toEqual(['web:old']);
});
