/**
 * Patterns of names as IAM reads them: `*` is any run of characters (slashes too), `?` exactly one, everything else is itself. The same
 * patterns select repositories in the engine and become resources of the policies, so the two must agree: that is why this is no glob
 * library.
 */

/** Whether a name matches a pattern. */
export function matchesPattern(pattern: string, name: string): boolean {
  return match(pattern, name, (symbol, character) => symbol === '?' || symbol === character);
}

/**
 * Whether every name that matches the second pattern matches the first. The second is read as a name whose `*` only a `*` takes in: that
 * may miss a cover (`?*` covers `*?`), and never claims one that is none.
 */
export function covers(pattern: string, other: string): boolean {
  return match(pattern, other, (symbol, character) => character !== '*' && (symbol === '?' || symbol === character));
}

export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name));
}

/** Whether it names one thing, rather than a set of things that may be empty. */
export function isExact(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}

/** The same set of names in fewer patterns: those that another one covers are dropped. Order is kept. */
export function withoutCovered(patterns: readonly string[]): string[] {
  const unique = [...new Set(patterns)];
  return unique.filter((pattern, index) => !unique.some((other, place) => (
    place !== index && covers(other, pattern) && (place < index || !covers(pattern, other))
  )));
}

/** Iterative, with one point to fall back to: quick for ordinary patterns, and no regular expression to blow up. */
function match(pattern: string, text: string, takes: (symbol: string, character: string) => boolean): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.length && takes(pattern[p]!, text[n]!)) {
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
