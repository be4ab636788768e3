import { z } from 'zod';
import { parseDuration } from './duration';
import { duplicateKey, nearest, quote, SettingsError, toPath } from './settings-problems';
import { ALL_REVISIONS, DEFAULTS, SETTINGS_VERSION, type Settings } from '../contract/settings';

export { BadInput, SettingsError, type SettingsProblem } from './settings-problems';

/** Of a hand-written document that does not name its janitor. */
export const DEFAULT_NAME = 'image-janitor';

/** Identifies a plan; every report of a plan that retires something shows it. */
export const PLAN_HASH = /^[0-9a-f]{16}$/;

/**
 * Reads a settings document; throws a {@link SettingsError} that names everything that is wrong with it. What may be left out gets
 * its default.
 *
 * @param origin where the document comes from, for messages
 */
export function parseSettings(json: string, origin: string): Settings {
  const document = parseJson(json, origin);
  refuseNewer(document, origin);
  const result = settingsSchema.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw new SettingsError(origin, result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: toPath(issue.path), text: issue.message }];
    const texts = issue.message.split('\n');
    return issue.keys.map((key, at) => ({ path: toPath([...issue.path, key]), text: texts[at]! }));
  }));
}

function parseJson(json: string, origin: string): unknown {
  const text = json.replace(/^\uFEFF/, '');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new SettingsError(origin, [{ path: '', text: `not valid JSON: ${locate((error as Error).message.replace(/\s+/g, ' '), text)}` }]);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw new SettingsError(origin, [{ path: '', text: `the key ${quote(twice)} is there twice in one object, and only one of the two could count: remove one` }]);
  }
  return document;
}

function locate(message: string, text: string): string {
  const match = /at position (\d+)/.exec(message);
  if (!match || /\(line \d+/.test(message)) return message;
  const before = text.slice(0, Number(match[1])).split('\n');
  return `${message} (line ${before.length} column ${before[before.length - 1]!.length + 1})`;
}

/** Before anything else: complaints about keys that a newer version knows would only mislead. */
function refuseNewer(document: unknown, origin: string): void {
  const version = Number((document as { version?: unknown } | null)?.version);
  if (!(version > SETTINGS_VERSION)) return;
  throw new SettingsError(origin, [{
    path: 'version',
    text: `${version} was written by a newer cdk-image-janitor; this engine reads version ${SETTINGS_VERSION}: update the engine`,
  }]);
}

/** An object that refuses keys it does not know: a misspelt key that is ignored is a protection that is not there. */
function object<Shape extends z.core.$ZodShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return wrong(issue.input, `an object with ${list(known)}`);
      return (issue.keys as string[]).map((key) => {
        const meant = nearest(key, known);
        return `unknown key: ${meant ? `did you mean ${quote(meant)}?` : `known are ${list(known)}`}`;
      }).join('\n');
    },
  });
}

function wrong(input: unknown, allowed: string): string {
  return input === undefined ? `is missing: give ${allowed}` : `${quote(input)} is not allowed: give ${allowed}`;
}

function list(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/**
 * A number, or a string that is exactly one: a CloudFormation parameter of type Number is a string once it has gone through Fn::Join
 * or Fn::Sub. Nothing else is converted (`''`, `null` and `true` would all become numbers).
 */
function whole(allowed: string, isAllowed: (value: number) => boolean) {
  return z
    .union([z.number(), z.string().regex(/^-?\d+$/).transform(Number)], { error: (issue) => wrong(issue.input, allowed) })
    .refine((value) => Number.isSafeInteger(value) && isAllowed(value), { error: (issue) => wrong(issue.input, allowed) });
}

/** For the same reason as numbers: CloudFormation has no booleans, only `true` and `false` as strings. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: (issue) => wrong(issue.input, 'true or false'),
});

const duration = z.string({ error: (issue) => wrong(issue.input, 'an ISO 8601 duration, such as P14D (14 days)') }).superRefine((text, context) => {
  try {
    parseDuration(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

function word(allowed: string, shape: RegExp) {
  return z.string({ error: (issue) => wrong(issue.input, allowed) }).regex(shape, { error: (issue) => wrong(issue.input, allowed) });
}

/** A pattern with a character that no name can have would match nothing, without a sound: a keepTags of `v1+` protects nothing. */
function patterns(what: string, characters: string) {
  const allowed = `a ${what}, where * matches any run of characters and ? exactly one (it is no regular expression)`;
  return z.array(word(allowed, new RegExp(`^[*?${characters}]+$`)), { error: (issue) => wrong(issue.input, `a list, each item a ${what}`) });
}

function atLeastOne<Schema extends ReturnType<typeof patterns>>(schema: Schema, fix: string) {
  return schema.min(1, { error: () => `[] selects nothing: ${fix}` });
}

const repositories = atLeastOne(patterns('repository name (lower-case letters, digits and ._-/; no registry, no tag)', 'a-z0-9._/-'), 'give ["*"] for all repositories');
const keepTags = patterns('tag (letters, digits and ._-)', 'A-Za-z0-9._-');
const NAME = 'A-Za-z0-9_-';
const clusters = atLeastOne(patterns('cluster name (letters, digits, - and _; no ARN)', NAME), 'give ["*"] for all, or "enabled": false');
const families = atLeastOne(patterns('task definition family (letters, digits, - and _; no revision)', NAME), 'give ["*"] for all, or "enabled": false');
const functions = atLeastOne(patterns('function name (letters, digits, - and _; no ARN, no version)', NAME), 'give ["*"] for all, or "enabled": false');

const rule = object({
  name: word('a name of at most 255 characters', /^[^\p{Cc}]{1,255}$/u).optional(),
  repositories,
  expireAfter: duration,
  keepLatest: whole('a whole number, 0 or more', (value) => value >= 0).default(DEFAULTS.keepLatest),
  keepTags: keepTags.default([...DEFAULTS.keepTags]),
  expireUntaggedAfter: duration.optional(),
}).transform((written) => ({ ...written, expireUntaggedAfter: written.expireUntaggedAfter ?? written.expireAfter }));

const settingsSchema = object({
  version: whole(`${SETTINGS_VERSION}, the version of the format`, (value) => value === SETTINGS_VERSION),
  name: word('a name of at most 1024 characters', /^[^\p{Cc}]{1,1024}$/u).default(DEFAULT_NAME),
  mode: z.enum(['REPORT_ONLY', 'ENFORCE'], { error: (issue) => wrong(issue.input, '"REPORT_ONLY" or "ENFORCE"') }).default(DEFAULTS.mode),
  containerImages: z.array(rule, { error: (issue) => wrong(issue.input, 'a list of rules') })
    // A rule without a name is called by its place, which is what messages about it say too.
    .transform((rules) => rules.map((written, at) => ({ ...written, name: written.name ?? `containerImages[${at}]` })))
    .superRefine((rules, context) => {
      rules.forEach(({ name }, at) => {
        const first = rules.findIndex((other) => other.name === name);
        if (first !== at) context.addIssue({ code: 'custom', path: [at, 'name'], message: `${quote(name)} is the name of containerImages[${first}] too: give each rule its own name` });
      });
    }),
  usage: object({
    ecs: object({
      enabled: flag.default(true),
      clusters: clusters.default([...DEFAULTS.clusters]),
      taskDefinitionFamilies: families.default([...DEFAULTS.taskDefinitionFamilies]),
      taskDefinitionRevisions: whole(`a whole number, 0 or more, or ${ALL_REVISIONS} for all active revisions`, (value) => value >= 0 || value === ALL_REVISIONS)
        .default(DEFAULTS.taskDefinitionRevisions),
    }).prefault({}),
    lambda: object({
      enabled: flag.default(true),
      functions: functions.default([...DEFAULTS.functions]),
    }).prefault({}),
  }).prefault({}),
  guards: object({
    maxRetirePercent: whole('a whole number from 0 to 100', (value) => value >= 0 && value <= 100).default(DEFAULTS.maxRetirePercent),
    maxRetireCount: whole('a whole number, 0 or more', (value) => value >= 0).default(DEFAULTS.maxRetireCount),
    safetyAge: duration.default(DEFAULTS.safetyAge),
    acknowledgePlan: word('the hash that a report shows as planHash (16 hexadecimal digits)', PLAN_HASH).optional(),
  }).prefault({}),
  record: object({
    bucket: word('the name of an S3 bucket (3 to 63 of lower-case letters, digits, . and -)', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    prefix: word('a key prefix without a slash at either end', /^[^/](?:.*[^/])?$/).optional(),
  }).optional(),
});

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile when the schema and the contract differ. */
export const SCHEMA_IS_THE_CONTRACT: Equal<DeepReadonly<z.output<typeof settingsSchema>>, DeepReadonly<Settings>> = true;
