import { formatAge, formatMilliseconds, wrap } from '../../../src/engine/report/text';

test.each([[5, '5 ms'], [999.6, '1000 ms'], [1234, '1.2 s'], [59_900, '59.9 s'], [61_000, '1 min 1 s'], [3_600_000, '60 min 0 s']])('%d milliseconds read %s', (milliseconds, text) => {
  expect(formatMilliseconds(milliseconds)).toBe(text);
});

test.each([
  ['2026-11-22T08:00:00Z', '0 h'], ['2026-11-20T09:00:00Z', '47 h'], ['2026-11-20T08:00:00Z', '2 d'], ['2020-01-01T00:00:00Z', '2,517 d'], ['never', '?'],
])('pushed at %s is an age of %s', (then, text) => expect(formatAge(then, '2026-11-22T08:00:00Z')).toBe(text));

describe('wrapping', () => {
  test('breaks between words, and names where they are joined', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('team/platform/service', 14)).toEqual(['team/platform/', 'service']);
  });

  test('loses no character', () => {
    for (let width = 1; width < 40; width += 1) {
      expect(wrap('a team/platform/service-with-a-long_name.and.more and words', width).join('').replace(/ /g, '')).toBe('ateam/platform/service-with-a-long_name.and.moreandwords');
    }
  });

  test('an empty text is one empty line', () => expect(wrap('', 10)).toEqual(['']));
});
