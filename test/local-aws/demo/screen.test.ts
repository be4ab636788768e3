import { Screen, wrapText } from '../../../src/local-aws/demo/screen';

const written = (columns: number, colors: boolean, write: (screen: Screen) => void) => {
  let text = '';
  write(new Screen({ columns, write: (part) => (text += part) }, colors));
  return text;
};
const LONG = 'somebody has looked at that plan and lets exactly those images go, because nothing that is in use is among them';

test.each([80, 120])('no line is wider than %d columns, and none breaks a word', (columns) => {
  const text = written(columns, false, (screen) => {
    screen.title('demo', LONG);
    screen.heading(LONG);
    for (const write of ['detail', 'aside', 'item', 'good', 'bad', 'warn'] as const) screen[write](LONG);
  });
  expect(text.split('\n').filter((line) => line.length > columns)).toEqual([]);
  expect(text.replace(/[^a-z]+/g, ' ').match(new RegExp(LONG.replace(/[^a-z]+/g, ' '), 'g'))).toHaveLength(8);
});

test('the lines of one text begin below each other', () => {
  expect(written(72, false, (screen) => screen.good(LONG))).toBe(
    '   ✓ somebody has looked at that plan and lets exactly those images go,\n     because nothing that is in use is among them\n',
  );
});

test('colours take no room, and end with their line', () => {
  const plain = written(72, false, (screen) => screen.warn(LONG));
  const coloured = written(72, true, (screen) => screen.warn(LONG));
  expect(coloured).toContain('\u001b[33m!');
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  for (const line of written(72, true, (screen) => screen.aside(LONG)).trimEnd().split('\n')) expect(line).toMatch(/^ *\u001b\[2m.*\u001b\[22m$/);
});

test('a word that is wider than the line stays whole', () => {
  expect(wrapText(`a ${'x'.repeat(20)} b`, 10)).toEqual(['a', 'x'.repeat(20), 'b']);
});
