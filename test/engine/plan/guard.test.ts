import { digest, manifest, plan } from './builders';
import { checkLimits } from '../../../src/engine/plan/guard';

const planOf = (old: number, young: number) => ({
  repositories: [plan([
    ...Array.from({ length: old }, (_, index) => manifest(`old${index}`, { tags: [`old${index}`] })),
    ...Array.from({ length: young - 1 }, (_, index) => manifest(`young${index}`, { tags: [`young${index}`], age: 1.5 })),
  ])],
});

test('exactly maxRetirePercent passes, one image more does not', () => {
  expect(checkLimits(planOf(5, 5), { maxRetirePercent: 50, maxRetireCount: 100 }, new Set())).toEqual([]);
  expect(checkLimits(planOf(6, 5), { maxRetirePercent: 50, maxRetireCount: 100 }, new Set())).toEqual([
    { code: 'max-retire-percent', text: 'more than maxRetirePercent (50 %) of the images would be retired of web (6 of 11, 54 %)' },
  ]);
});

test('exactly maxRetireCount passes, one image more does not', () => {
  expect(checkLimits(planOf(7, 8), { maxRetirePercent: 100, maxRetireCount: 7 }, new Set())).toEqual([]);
  expect(checkLimits(planOf(8, 8), { maxRetirePercent: 100, maxRetireCount: 7 }, new Set())).toEqual([
    { code: 'max-retire-count', text: '8 images would be retired, more than maxRetireCount (7)' },
  ]);
});

test('images of an acknowledged plan do not count, the others do', () => {
  const acknowledged = new Set(Array.from({ length: 5 }, (_, index) => `web@${digest(`old${index}`)}`));
  expect(checkLimits(planOf(8, 2), { maxRetirePercent: 30, maxRetireCount: 3 }, acknowledged)).toEqual([]);
  expect(checkLimits(planOf(8, 2), { maxRetirePercent: 20, maxRetireCount: 3 }, acknowledged)).toHaveLength(1);
});

test('many repositories beyond the limit make one message that names a few', () => {
  const { repositories: [repository] } = planOf(6, 5);
  const repositories = Array.from({ length: 8 }, (_, index) => ({ ...repository!, name: `r${index}` }));
  const [breach, ...others] = checkLimits({ repositories }, { maxRetirePercent: 50, maxRetireCount: 100 }, new Set());
  expect(others).toEqual([]);
  expect(breach!.text).toMatch(/of r0 \(6 of 11, 54 %\), .* r4 \(6 of 11, 54 %\) and 3 more repositories$/);
});
