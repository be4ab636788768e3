import { AwsError } from './call';

export interface Page<Item> {
  readonly items: Item[];
  readonly token?: string;
}

/**
 * One page of a list in the order of its keys. The token names the last key, not a position, so that a list that changes between
 * two pages neither repeats nor skips what stays.
 */
export function page<Item>(sorted: readonly Item[], keyOf: (item: Item) => string, options: {
  readonly token?: string;
  readonly size: number;
  readonly compare?: (a: string, b: string) => number;
}): Page<Item> {
  const compare = options.compare ?? byText;
  let start = 0;
  if (options.token) {
    const after = keyFromToken(options.token);
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (compare(keyOf(sorted[middle]!), after) <= 0) low = middle + 1;
      else high = middle;
    }
    start = low;
  }
  const items = sorted.slice(start, start + options.size);
  const more = start + options.size < sorted.length;
  return { items, ...(more ? { token: tokenFromKey(keyOf(items[items.length - 1]!)) } : {}) };
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The page size that was asked for, within AWS's bounds. */
export function pageSize(asked: unknown, bounds: { readonly max: number; readonly byDefault: number; readonly parameter?: string }): number {
  if (asked === undefined || asked === null) return bounds.byDefault;
  const size = Number(asked);
  if (!Number.isInteger(size) || size < 1 || size > bounds.max) {
    const parameter = bounds.parameter ?? 'maxResults';
    throw new AwsError(
      'InvalidParameterException',
      `Invalid parameter at '${parameter}' failed to satisfy constraint: 'Member must have value between 1 and ${bounds.max}'`,
    );
  }
  return size;
}

function tokenFromKey(key: string): string {
  return Buffer.from(JSON.stringify({ after: key })).toString('base64url');
}

function keyFromToken(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof after === 'string') return after;
  } catch {
    // Falls through: whatever it is, it is no token of ours.
  }
  throw new AwsError('InvalidParameterException', 'Invalid parameter at \'nextToken\' failed to satisfy constraint: \'Must be a token of this operation\'');
}
