import * as fc from 'fast-check';
import { matchesPattern, covers, withoutCovered } from '../../src/contract/patterns';

describe('covers', () => {
  test.each([
    ['*', 'example', true],
    ['*', '*', true],
    ['example-*', 'example-web-*', true],
    ['example-?', 'example-?', true],
    ['example-*', 'example-?', true],
    ['example-web-*', 'example-*', false],
    ['example-?', 'example-*', false],
    ['example', 'example-*', false],
    ['*-web', 'example-*-web', true],
  ])('%s covers %s: %s', (pattern, other, expected) => {
    expect(covers(pattern, other)).toBe(expected);
  });

  test('a name that a covered pattern matches is matched by what covers it, as the engine matches', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 6 });
    fc.assert(fc.property(pattern, pattern, word, (first, second, name) => {
      fc.pre(covers(first, second) && matchesPattern(second, name));
      expect(matchesPattern(first, name)).toBe(true);
    }), { numRuns: 300, maxSkipsPerRun: 10_000 });
  });
});

describe('withoutCovered', () => {
  test('drops what another pattern covers, and one of two equal ones, in order', () => {
    expect(withoutCovered(['b', 'a-1', 'a-*', 'b', 'a-*'])).toEqual(['b', 'a-*']);
  });

  test('of patterns that cover each other, one stays', () => {
    expect(withoutCovered(['**', '*'])).toHaveLength(1);
    expect(withoutCovered(['*', '**', 'x'])).toEqual(['*']);
  });
});
