/** How values read in a report for people. */

/**
 * Makes the characters visible that would steer a terminal or hide in a log: names and tags come from AWS, and whoever can push an
 * image chooses them.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatDollars(dollars: number): string {
  return `$${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 100) / 10;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Age in days, or in hours within the first two days; `?` where a time is unreadable. */
export function formatAge(then: string, now: string): string {
  const hours = (Date.parse(now) - Date.parse(then)) / 3_600_000;
  if (!Number.isFinite(hours)) return '?';
  return Math.abs(hours) < 48 ? `${Math.floor(hours)} h` : `${formatCount(Math.floor(hours / 24))} d`;
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** Shortens digests to the first characters that no other of them shares, twelve at least. */
export function digestShortener(digests: Iterable<string>): (digest: string) => string {
  const hex = (digest: string) => digest.slice(digest.indexOf(':') + 1);
  const sorted = [...new Set(digests)].map(hex).sort();
  let length = 12;
  for (let at = 1; at < sorted.length; at += 1) {
    const [one, other] = [sorted[at - 1]!, sorted[at]!];
    let shared = 0;
    while (shared < one.length && one[shared] === other[shared]) shared += 1;
    length = Math.max(length, shared + 1);
  }
  return (digest) => printable(hex(digest).slice(0, length));
}

/**
 * Breaks text into lines of at most `width`, each after `indent`: between words, and within a word that is wider than a line, after
 * the characters that names are joined with.
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(1, width - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    if (line && line.length + 1 + word.length > room) {
      lines.push(line);
      line = '';
    }
    let rest = line ? `${line} ${word}` : word;
    while (rest.length > room) {
      const joint = Math.max(...['/', '-', '_', '.', ',', ':'].map((mark) => rest.lastIndexOf(mark, room - 1))) + 1;
      const at = joint > room / 2 ? joint : room;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
    line = rest;
  }
  if (line || lines.length === 0) lines.push(line);
  return lines.map((each) => `${indent}${each}`);
}
