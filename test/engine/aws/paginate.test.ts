import { chunk, paginate } from '../../../src/engine/aws/paginate';

interface Page { readonly items?: number[]; readonly next?: string }

function read(pages: Record<string, Page>, asked: (string | undefined)[] = []): Promise<number[]> {
  return paginate({
    service: 'ECS',
    operation: 'ListTasks',
    page: async (token) => {
      asked.push(token);
      return pages[token ?? 'first']!;
    },
    items: (page) => page.items,
    token: (page) => page.next,
  });
}

test('a list is read to its end, with each token in turn', async () => {
  const asked: (string | undefined)[] = [];
  expect(await read({ first: { items: [1], next: 'b' }, b: { items: [], next: 'c' }, c: { items: [2, 3] } }, asked)).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, 'b', 'c']);
});

test('an empty token ends the list', async () => {
  expect(await read({ first: { items: [1], next: '' } })).toEqual([1]);
});

test.each([
  ['the first page', { first: {} }],
  ['a later page', { first: { items: [1], next: 'b' }, b: {} }],
  ['a page whose list is no list', { first: { items: 'text' as any } }],
])('a list that %s lacks is never a short list', async (_what, pages) => {
  await expect(read(pages)).rejects.toMatchObject({ kind: 'unusable', message: 'ECS ListTasks: the answer has no list in it' });
});

test('tokens that go round in a circle end in an error', async () => {
  const pages = { first: { items: [1], next: 'b' }, b: { items: [2], next: 'c' }, c: { items: [3], next: 'b' } };
  await expect(read(pages)).rejects.toMatchObject({ kind: 'unusable', message: 'ECS ListTasks: the same page token came twice' });
});

test('a list is split into pieces that lose nothing', () => {
  expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunk([1, 2], 2)).toEqual([[1, 2]]);
  expect(chunk([], 2)).toEqual([]);
});
