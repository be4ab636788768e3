import { unusable } from './problems';

/**
 * Reads a list to its end, page by page. An answer without the list, or a page token that was seen before, throws: a list that was
 * not read whole must never look like a short one.
 */
export async function paginate<Page, Item>(call: {
  readonly service: string;
  readonly operation: string;
  readonly page: (token: string | undefined) => Promise<Page>;
  readonly items: (page: Page) => readonly Item[] | undefined;
  readonly token: (page: Page) => string | undefined;
}): Promise<Item[]> {
  const all: Item[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await call.page(token);
    const items = call.items(page);
    if (!Array.isArray(items)) throw unusable(call.service, call.operation, 'the answer has no list in it');
    all.push(...items);
    token = call.token(page) || undefined;
    if (token !== undefined) {
      if (seen.has(token)) throw unusable(call.service, call.operation, 'the same page token came twice');
      seen.add(token);
    }
  } while (token !== undefined);
  return all;
}

/** Splits a list into pieces of at most `size`. */
export function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
