import { Duration, Token } from 'aws-cdk-lib';

/** Names that AWS gives or takes, with `*` and `?` for patterns: what may stand in them, and how long they may be. */
const SHAPES = {
  // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html: the parts between slashes are checked apart.
  repository: { pattern: /^[a-z0-9._/*?-]+$/, min: 1, max: 256, allowed: 'a-z 0-9 . _ - / * ?' },
  tag: { pattern: /^[A-Za-z0-9._*?-]+$/, min: 1, max: 128, allowed: 'A-Z a-z 0-9 . _ - * ?' },
  cluster: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 255, allowed: 'A-Z a-z 0-9 _ - * ?' },
  taskDefinitionFamily: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 255, allowed: 'A-Z a-z 0-9 _ - * ?' },
  function: { pattern: /^[A-Za-z0-9_*?-]+$/, min: 1, max: 64, allowed: 'A-Z a-z 0-9 _ - * ?' },
} as const;

/** An ECR repository's name that holds no wildcard. */
const REPOSITORY_NAME = /^(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*\/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

export function checkPatterns(path: string, patterns: readonly string[] | undefined, shape: keyof typeof SHAPES): void {
  if (patterns === undefined) return;
  // The document has to name each element, and CloudFormation cannot write a list of unknown length into JSON.
  if (Token.isUnresolved(patterns)) {
    throw new Error(`${path} is a list that is known at deploy only: give an array, whose elements may be tokens`);
  }
  patterns.forEach((pattern, index) => checkPattern(`${path}[${index}]`, pattern, shape));
  if (patterns.length === 0 && shape !== 'tag') {
    throw new Error(`${path} is empty: name at least one ${shape}, or leave it out to look at all of them`);
  }
}

function checkPattern(path: string, pattern: string, shape: keyof typeof SHAPES): void {
  if (Token.isUnresolved(pattern)) return;
  const { pattern: characters, min, max, allowed } = SHAPES[shape];
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
  if (Number.isInteger(value) && value >= range.min && value <= (range.max ?? Infinity)) return;
  const allowed = range.max === undefined ? `an integer of at least ${range.min}` : `an integer from ${range.min} to ${range.max}`;
  throw new Error(`${path} is ${value}: expected ${allowed}`);
}

export function checkLength(path: string, value: string | undefined, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (value.trim() === '' || value.length > max) throw new Error(`${path} is '${value}': expected 1 to ${max} characters`);
}

export function checkDuration(path: string, value: Duration | undefined, range: { min: Duration; max: Duration }): void {
  if (value === undefined || value.isUnresolved()) return;
  const within = value.toMilliseconds() >= range.min.toMilliseconds() && value.toMilliseconds() <= range.max.toMilliseconds();
  if (!within) throw new Error(`${path} is ${value.toHumanString()}: expected ${range.min.toHumanString()} to ${range.max.toHumanString()}`);
}

/** Whether a duration is known, and shorter than another one that is known. */
export function isShorter(value: Duration, other: Duration): boolean {
  return !value.isUnresolved() && !other.isUnresolved() && value.toMilliseconds() < other.toMilliseconds();
}
