import { digest, HOST, told } from './world';
import { Findings } from '../../../src/engine/usage/findings';

const A = digest('a');
const TASK = { consumer: 'arn:aws:ecs:eu-west-1:111122223333:task/main/t1', consumerKind: 'task' };

test('a digest beside a name that cannot be parsed counts all the same', () => {
  const findings = new Findings('ecs');
  findings.image(TASK, '<IMAGE>', A);
  expect(told(findings.usage())).toEqual(['task task/main/t1 → @a']);
  expect(findings.usage().problems).toHaveLength(1);
});

test('a name beside a digest that is none counts all the same', () => {
  const findings = new Findings('ecs');
  findings.image(TASK, `${HOST}/web:v1`, 'sha256:short');
  expect(told(findings.usage())).toEqual(['task task/main/t1 → web:v1']);
  expect(findings.usage().problems).toEqual([{ text: expect.stringContaining('"sha256:short", which is no digest') }]);
});

test('the same reference and the same problem are told once, and each says who named what', () => {
  const findings = new Findings('ecs');
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
  const findings = new Findings('ecs');
  const results = await findings.each([1, 2, 3], async (item) => {
    if (item === 2) throw new Error('two');
    return item;
  });
  expect(results).toEqual([1, 3]);
  expect(findings.usage().problems).toEqual([{ text: 'Error: two' }]);
});
