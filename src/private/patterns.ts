/**
 * Whether every name that matches the second pattern matches the first. `*` is any run of characters, `?` exactly one.
 *
 * The second pattern is read as a name whose `*` only a `*` takes in: that may miss a cover (`?*` covers `*?`), and never claims one
 * that is none.
 */
export function covers(pattern: string, other: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < other.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.length && other[n] !== '*' && (pattern[p] === '?' || pattern[p] === other[n])) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** The same set of names in fewer patterns: those that another one covers are dropped. Order is kept. */
export function withoutCovered(patterns: readonly string[]): string[] {
  const unique = [...new Set(patterns)];
  return unique.filter((pattern, index) => !unique.some((other, place) => (
    place !== index && covers(other, pattern) && (place < index || !covers(pattern, other))
  )));
}
