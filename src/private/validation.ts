import { Token } from 'aws-cdk-lib';

/** Names that AWS gives or takes, with `*` and `?` for patterns: what may stand in them, and how long they may be. */
const SHAPES = {
  // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html: the parts between slashes are checked apart.
  repository: { pattern: /^[a-z0-9._/*?-]+$/, min: 1, max: 256, allowed: 'a-z 0-9 . _ - / * ?' },
  tag: { pattern: /^[A-Za-z0-9._*?-]+$/, min: 1, max: 128, allowed: 'A-Z a-z 0-9 . _ - * ?' },
  cluster: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 255, allowed: 'A-Z a-z 0-9 _ - * ?' },
  taskDefinitionFamily: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 255, allowed: 'A-Z a-z 0-9 _ - * ?' },
  function: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 64, allowed: 'A-Z a-z 0-9 _ - * ?' },
} as const;

/** What people copy from the console: a repository's URI, or an image's. */
const REGISTRY = /^\d{12}\.dkr[.-]ecr[^/]*\/([^:@]+)/;

/** An ECR repository's name that holds no wildcard. */
const REPOSITORY_NAME = /^(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*\/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

export function checkPatterns(path: string, patterns: readonly string[] | undefined, shape: keyof typeof SHAPES): void {
  if (patterns === undefined) return;
  // The document has to name each element, and CloudFormation cannot write a list of unknown length into JSON.
  if (Token.isUnresolved(patterns)) {
    throw new Error(`${path} is a list that is known at deploy only: give an array, whose elements may be tokens`);
  }
  if (!Array.isArray(patterns)) throw new Error(`${path} is ${quote(patterns)}: expected an array of strings`);
  patterns.forEach((pattern, index) => checkPattern(`${path}[${index}]`, pattern, shape));
}

/** For what is selected by its name alone. */
export function checkSelector(path: string, patterns: readonly string[] | undefined, shape: keyof typeof SHAPES): void {
  checkPatterns(path, patterns, shape);
  if (patterns?.length === 0) throw new Error(`${path} is empty: name at least one ${shape}, or leave it out to look at all of them`);
}

function checkPattern(path: string, pattern: unknown, shape: keyof typeof SHAPES): void {
  if (typeof pattern !== 'string') throw new Error(`${path} is ${quote(pattern)}: expected a string`);
  if (Token.isUnresolved(pattern)) return;
  const { pattern: characters, min, max, allowed } = SHAPES[shape];
  const registry = shape === 'repository' ? REGISTRY.exec(pattern) : null;
  if (registry) throw new Error(`${path} is '${pattern}': give the repository's name without registry, tag and digest: '${registry[1]}'`);
  const fits = characters.test(pattern) && pattern.length >= min && pattern.length <= max;
  if (!fits) throw new Error(`${path} is '${pattern}': expected ${min} to ${max} characters out of ${allowed}`);
  if (shape !== 'repository') return;
  if (/[*?]/.test(pattern)) {
    if (/\/\/|^\//.test(pattern)) throw new Error(`${path} is '${pattern}': no repository matches it, as a name neither starts with a slash nor holds two in a row`);
  } else if (!REPOSITORY_NAME.test(pattern) || pattern.length < 2) {
    throw new Error(`${path} is '${pattern}': a repository's name has 2 to 256 characters, and each part between slashes starts and ends with one of a-z 0-9; add a * for a pattern`);
  }
}

export function checkWholeNumber(path: string, value: number | undefined, range: { min: number; max?: number }): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  // Beyond the safe integers, two numbers look alike; the engine refuses them.
  if (Number.isSafeInteger(value) && value >= range.min && value <= (range.max ?? Infinity)) return;
  const allowed = range.max === undefined ? `an integer of at least ${range.min}` : `an integer from ${range.min} to ${range.max}`;
  throw new Error(`${path} is ${value}: expected ${allowed}`);
}

export function checkName(path: string, value: string | undefined, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (typeof value === 'string' && value.trim() !== '' && value.length <= max && !/\p{Cc}/u.test(value)) return;
  throw new Error(`${path} is ${quote(value)}: expected 1 to ${max} characters, none of them a control character`);
}

export function checkPlanHash(path: string, value: string | undefined): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!/^[0-9a-f]{16}$/.test(value)) throw new Error(`${path} is ${quote(value)}: expected the 16 characters, each one of 0-9 and a-f, that a report shows as planHash`);
}

/** Plain JavaScript passes anything for a list. */
export function checkList(path: string, value: unknown, of: string): void {
  if (value === undefined || Array.isArray(value)) return;
  throw new Error(`${path} is no array: expected a list of ${of}`);
}

/** One of an enum; plain JavaScript passes any string, and a token cannot decide on what is synthesised. */
export function checkEnum(path: string, value: unknown, allowed: Readonly<Record<string, string>>, name: string): void {
  if (value === undefined || Object.values(allowed).includes(value as string)) return;
  const expected = `expected ${Object.keys(allowed).map((key) => `${name}.${key}`).join(' or ')}`;
  throw new Error(Token.isUnresolved(value) ? `${path} is known at deploy only: ${expected}` : `${path} is ${quote(value)}: ${expected}`);
}

export function quote(value: unknown): string {
  if (value === undefined) return 'undefined';
  const text = JSON.stringify(value);
  return typeof value === 'string' ? `'${text.slice(1, -1)}'` : text;
}
