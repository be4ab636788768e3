import * as fc from 'fast-check';
import { isExact, matchesAny, matchesPattern } from '../../src/contract/patterns';

test.each([
  ['*', '', true],
  ['*', 'any/thing', true],
  ['web', 'web', true],
  ['web', 'webs', false],
  ['web', 'Web', false],
  ['example-*', 'example-', true],
  ['example-*', 'example-a/b', true],
  ['example-*', 'an-example-a', false],
  ['*-api', 'team/web-api', true],
  ['*api*', 'api', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', true],
  ['a?c', 'ac', false],
  ['', '', true],
  ['', 'a', false],
  ['*a*b*c', 'xaxbxbxc', true],
  ['*a*b*c', 'xcxbxa', false],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['v1.+(x)', 'v1.+(x)', true],
  ['{a,b}', 'a', false],
  ['a\\*', 'a\\b', true],
])('the pattern "%s" and the name "%s": %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('a pattern agrees with its definition, character by character', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '/', '*', '?', '.'), { maxLength: 8 }).map((characters) => characters.join(''));
  const matches = (pattern: string, name: string): boolean => {
    if (pattern === '') return name === '';
    if (pattern.startsWith('*')) return matches(pattern.slice(1), name) || (name !== '' && matches(pattern, name.slice(1)));
    return name !== '' && (pattern.startsWith('?') || pattern[0] === name[0]) && matches(pattern.slice(1), name.slice(1));
  };
  fc.assert(fc.property(text, text, (pattern, name) => {
    expect(matchesPattern(pattern, name)).toBe(matches(pattern, name));
  }), { numRuns: 2000 });
});

test('a pattern that would blow up a regular expression is decided in few steps', () => {
  let reads = 0;
  const name = new Proxy(new String('a'.repeat(2000)), {
    get: (target, key) => {
      if (typeof key === 'string' && /^[0-9]+$/.test(key)) reads += 1;
      return Reflect.get(target, key);
    },
  }) as unknown as string;
  expect(matchesPattern('*a*a*a*a*a*a*a*a*a*b', name)).toBe(false);
  expect(reads).toBeLessThan(100_000);
});

test('any of several patterns is enough, and none of none is not', () => {
  expect(matchesAny(['x', 'w*'], 'web')).toBe(true);
  expect(matchesAny(['x', 'y*'], 'web')).toBe(false);
  expect(matchesAny([], 'web')).toBe(false);
});

test('only a name without wildcards names one thing', () => {
  expect(['web', 'a/b', '*', 'we?', ''].map(isExact)).toEqual([true, true, false, false, true]);
});
