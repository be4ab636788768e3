/**
 * Matches a name against a pattern as IAM does: `*` is any run of characters (slashes too), `?` exactly one, everything else is
 * itself. The same patterns become resources of the policies, so the two must agree: that is why this is no glob library.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  // Iterative, with one point to fall back to: linear for ordinary patterns, and no regular expression to blow up.
  let p = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
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

export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name));
}

/** Whether it names one thing, rather than a set of things that may be empty. */
export function isExact(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}
