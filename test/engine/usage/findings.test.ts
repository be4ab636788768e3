import { digest, HOST, IDENTITY, told } from './world';
import { Findings } from '../../../src/engine/usage/findings';

const A = digest('a');
const TASK = { consumer: 'arn:aws:ecs:eu-west-1:111122223333:task/main/t1', consumerKind: 'task' };

test('a digest beside a name that cannot be parsed counts all the same', () => {
  const findings = new Findings('ecs', IDENTITY);
  findings.image(TASK, '<IMAGE>', A);
  expect(told(findings.usage())).toEqual(['task task/main/t1 → @a']);
  expect(findings.usage().problems).toHaveLength(1);
});

test('a name beside a digest that is none counts all the same', () => {
  const findings = new Findings('ecs', IDENTITY);
  findings.image(TASK, `${HOST}/web:v1`, 'sha256:short');
  expect(told(findings.usage())).toEqual(['task task/main/t1 → web:v1']);
  expect(findings.usage().problems).toEqual([{ text: expect.stringContaining('"sha256:short", which is no digest') }]);
});

test('the same reference and the same problem are told once, and each says who named what', () => {
  const findings = new Findings('ecs', IDENTITY);
  for (let at = 0; at < 3; at += 1) {
    findings.image(TASK, `${HOST}/web:v1`);
    findings.problem({ text: 'once' });
  }
  expect(findings.usage().problems).toEqual([{ text: 'once' }]);
  expect(findings.usage().references).toEqual([{
    source: 'ecs',
    ...TASK,
    named: `${HOST}/web:v1`,
    target: { kind: 'repository', registry: '111122223333', region: 'eu-west-1', repository: 'web', tag: 'v1' },
  }]);
});

test('what fails among many costs the others nothing', async () => {
  const findings = new Findings('ecs', IDENTITY);
  const results = await findings.each([1, 2, 3], async (item) => {
    if (item === 2) throw new Error('two');
    return item;
  });
  expect(results).toEqual([1, 3]);
  expect(findings.usage().problems).toEqual([{ text: 'Error: two' }]);
});

test('a digest that is reported beside the name of a proxy in front of ECR counts, and the name is still one of elsewhere', () => {
  const findings = new Findings('ecs', IDENTITY);
  findings.image(TASK, 'registry.corp.example/web:old', A);
  expect(told(findings.usage())).toEqual(['task task/main/t1 → @a', 'task task/main/t1 → elsewhere']);
});

test('a digest that is pinned in the name of a proxy in front of ECR counts', () => {
  const findings = new Findings('ecs', IDENTITY);
  findings.image(TASK, `registry.corp.example/web@${A}`);
  findings.image({ ...TASK, consumer: 't2' }, `registry.corp.example/web:v1@${A}`, digest('b'));
  expect(told(findings.usage())).toEqual(['task task/main/t1 → @a', 'task task/main/t1 → elsewhere', 'task t2 → @a', 'task t2 → @b', 'task t2 → elsewhere']);
});

test('a doubt is about a repository of this registry and region, and about nothing else', () => {
  const findings = new Findings('ecs', IDENTITY);
  for (const named of [
    `${HOST}/team/web:v1`, `${HOST}/team/web:v2`, 'nginx', 'registry.corp.example/web:v1', '<IMAGE>',
    '999999999999.dkr.ecr.eu-west-1.amazonaws.com/web:v1', '111122223333.dkr.ecr.us-east-1.amazonaws.com/web:v1',
  ]) findings.doubt(named, 'who knows');
  expect(findings.usage()).toMatchObject({ doubts: [{ repository: 'team/web', text: 'who knows' }], problems: [] });
});
