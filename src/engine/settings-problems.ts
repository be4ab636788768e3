/** What is wrong with something that a person wrote: told in full, then the program ends with exit status 2. Never a bug. */
export class BadInput extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BadInput';
  }
}

export interface SettingsProblem {
  /** `containerImages[3].expireAfter`; empty for the document itself. */
  readonly path: string;
  /** The offending value, what is allowed, and how to fix it. */
  readonly text: string;
}

/** A settings document that cannot be used, with everything that is wrong with it. */
export class SettingsError extends BadInput {
  constructor(readonly origin: string, readonly problems: readonly SettingsProblem[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    const lines = problems.map(({ path, text }) => `  - ${path ? `${path}: ` : ''}${text}`);
    super(`the settings (${origin}) have ${count}:\n${lines.join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** `['containerImages', 3, 'expireAfter']` → `containerImages[3].expireAfter` */
export function toPath(segments: readonly PropertyKey[]): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`;
    return path ? `${path}.${String(segment)}` : String(segment);
  }, '');
}

/** A value as its document spells it, cut where it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The known word that was probably meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

/**
 * The first key that an object of the document has twice. JSON.parse silently lets the last one win: of two `keepTags`, the first
 * would protect nothing. The text must be valid JSON.
 */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
  let last: string | undefined;
  for (let match = tokens.exec(json); match; match = tokens.exec(json)) {
    const token = match[0];
    if (token === '{') {
      open.push(new Set());
    } else if (token === '[') {
      open.push(undefined);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':' && last !== undefined) {
      const keys = open[open.length - 1];
      const key = JSON.parse(last) as string;
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    last = token.startsWith('"') ? token : undefined;
  }
  return undefined;
}
