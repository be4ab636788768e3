import type { Findings } from './findings';
import { isExact, matchesPattern } from '../../contract/patterns';

/**
 * The names that a usage selector picks. One that names a single thing and picks nothing is a problem (a typo must not read as
 * "nothing is in use"), and so is a selector without any pattern, or one that as a whole picks nothing of what there is; a single
 * pattern may be ahead of its time, and is noted.
 */
export function select(
  selector: { readonly setting: string; readonly what: string; readonly patterns: readonly string[] },
  names: Iterable<string>,
  findings: Findings,
): Set<string> {
  const { setting, what, patterns } = selector;
  const all = [...new Set(names)];
  const selected = new Set<string>();
  if (patterns.length === 0) {
    findings.problem({ text: `${setting} selects nothing: the list is empty`, fix: `say "*" for every ${what}, or disable the source` });
  }
  for (const pattern of patterns) {
    const matches = all.filter((name) => matchesPattern(pattern, name));
    for (const name of matches) selected.add(name);
    if (matches.length > 0) continue;
    if (isExact(pattern)) {
      findings.problem({ text: `${setting} names the ${what} "${pattern}", which does not exist`, fix: `correct the name, or take it out of ${setting}` });
    } else if (!/^\*+$/.test(pattern)) {
      findings.note(`${setting}: no ${what} matches "${pattern}"`);
    }
  }
  if (selected.size === 0 && all.length > 0 && patterns.length > 0 && !patterns.some(isExact)) {
    findings.problem({
      text: `${setting} selects no ${what}, and there are some: none matches ${patterns.map((pattern) => `"${pattern}"`).join(' or ')}`,
      fix: 'correct the patterns, or disable the source',
    });
  }
  return selected;
}
