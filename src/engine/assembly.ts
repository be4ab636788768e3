/**
 * Takes a janitor's settings out of a synthesised app, so that a plan can be made before anything is deployed. CloudFormation would
 * resolve the document's references; here they come from the identity, the template, and what the caller gives. What is left
 * unresolved is named, never guessed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesByObjectKey, nestedTemplateFile } from './assembly-assets';
import { type Evaluation, type Scope, TemplateEvaluator, type Unresolved } from './assembly-template';
import type { Identity } from './model';
import { parseSettings } from './settings';
import { BadInput, toPath } from './settings-problems';
import { SETTINGS_METADATA, type Settings } from '../contract/settings';

export interface AssemblyOptions {
  /** The cloud assembly: `cdk.out`. */
  readonly directory: string;
  /** Path of the janitor's construct, or as much of its end as tells it from the others. */
  readonly construct?: string;
  /** What CloudFormation would know: values by logical ID, or `LogicalId.Attribute`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whose account and region the settings are for; asked only when they matter. */
  readonly identity: () => Promise<Identity>;
  /** The run's record is elsewhere: the record bucket may stay unresolved, and is then left out. */
  readonly recordElsewhere?: boolean;
}

/** A synthesised app out of which no settings can be taken. */
export class AssemblyError extends BadInput {
  constructor(message: string) {
    super(message);
    this.name = 'AssemblyError';
  }
}

export async function settingsFromAssembly(options: AssemblyOptions): Promise<Settings> {
  const found = pick(readAssembly(options.directory), options.construct, options.directory);
  const identity = await options.identity();
  checkEnvironment(found, identity);
  const evaluator = new TemplateEvaluator(identity, options.parameters ?? {});
  const content = evaluator.evaluate(found.content, found.scope);
  const text = withoutRecord(content, found, options.recordElsewhere ?? false);
  const unused = Object.keys(options.parameters ?? {}).filter((key) => !evaluator.used.has(key));
  if (unused.length > 0) {
    throw new AssemblyError(`nothing in the settings of ${found.construct} refers to ${unused.join(', ')}: check the spelling of --parameter`);
  }
  return parseSettings(text, `${found.construct} in ${options.directory}`);
}

/** One janitor's settings in a template. */
interface Found {
  readonly construct: string;
  readonly stack: string;
  readonly content: unknown;
  readonly scope: Scope;
  readonly account?: string;
  readonly region?: string;
}

/** What an assembly holds. */
interface Contents {
  readonly found: Found[];
  /** Nested stacks whose templates are not in the assembly: each may hold another janitor. */
  readonly unread: string[];
}

function readAssembly(directory: string): Contents {
  const manifest = readJson(join(directory, 'manifest.json'), `${directory} is no cloud assembly: give the directory that cdk synth writes (cdk.out)`);
  const contents: Contents = { found: [], unread: [] };
  const files = filesByObjectKey(directory);
  for (const [id, artifact] of Object.entries<any>(manifest.artifacts ?? {})) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'cdk:cloud-assembly') {
      const { found, unread } = readAssembly(join(directory, properties.directoryName ?? id));
      contents.found.push(...found);
      contents.unread.push(...unread);
    } else if (artifact.type === 'aws:cloudformation:stack') {
      const environment = /^aws:\/\/([^/]*)\/([^/]*)$/.exec(artifact.environment ?? '');
      const known = (value: string | undefined) => (value && !value.startsWith('unknown-') ? value : undefined);
      const place = { account: known(environment?.[1]), region: known(environment?.[2]), stack: String(artifact.displayName ?? id) };
      const template = readJson(join(directory, properties.templateFile ?? `${id}.template.json`), `the template of stack ${place.stack} cannot be read`);
      const stack: Scope = { template, stackName: properties.stackName ?? id, parameters: properties.parameters ?? {} };
      readTemplate({ directory, files, place, contents }, stack);
    }
  }
  return contents;
}

interface Reading {
  readonly directory: string;
  readonly files: ReadonlyMap<string, string>;
  readonly place: Pick<Found, 'stack' | 'account' | 'region'>;
  readonly contents: Contents;
}

function readTemplate(reading: Reading, scope: Scope): void {
  const { directory, files, place, contents } = reading;
  for (const [logicalId, resource] of Object.entries<any>(scope.template.Resources ?? {})) {
    const metadata = resource.Metadata?.[SETTINGS_METADATA];
    if (resource.Type === 'AWS::AppConfig::HostedConfigurationVersion' && typeof metadata?.construct === 'string') {
      contents.found.push({ construct: metadata.construct, content: resource.Properties?.Content, scope, ...place });
    }
    if (resource.Type !== 'AWS::CloudFormation::Stack') continue;
    const nested = nestedTemplateFile(resource, files);
    if (nested === undefined) {
      contents.unread.push(`${logicalId} of ${place.stack}`);
      continue;
    }
    const template = readJson(join(directory, nested), `the nested template ${nested} cannot be read`);
    readTemplate(reading, { template, parameters: {}, parent: { scope, parameters: resource.Properties?.Parameters ?? {} } });
  }
}

function readJson(path: string, problem: string): any {
  if (!existsSync(path) || !statSync(path).isFile()) throw new AssemblyError(`${problem} (${path} does not exist)`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new AssemblyError(`${problem} (${path}: ${(error as Error).message})`);
  }
}

function pick({ found: all, unread }: Contents, wanted: string | undefined, directory: string): Found {
  const named = (list: readonly Found[]) => list.map(({ construct }) => `\n  ${construct}`).join('');
  const gap = `these nested stacks have no template in ${directory}, so that janitors in them are not seen: ${unread.join(', ')}`;
  if (all.length === 0) {
    throw new AssemblyError(`no ImageJanitor is in ${directory}: synthesise the app anew, with this version of cdk-image-janitor${unread.length > 0 ? `; ${gap}` : ''}`);
  }
  // A path names one construct of the app, whatever the templates hold that are not here.
  const exact = all.filter(({ construct }) => construct === wanted);
  if (exact.length === 0 && unread.length > 0) throw new AssemblyError(`${gap}; choose with --construct and the whole path:${named(all)}`);
  if (wanted === undefined) {
    if (all.length > 1) throw new AssemblyError(`${directory} has ${all.length} janitors; choose one with --construct:${named(all)}`);
    return all[0]!;
  }
  const matches = exact.length > 0 ? exact : all.filter(({ construct }) => construct.endsWith(`/${wanted}`));
  if (matches.length === 0) throw new AssemblyError(`no janitor of ${directory} is called ${wanted}; there are:${named(all)}`);
  if (matches.length > 1) throw new AssemblyError(`${wanted} may be any of ${matches.length} janitors; give more of the path:${named(matches)}`);
  return matches[0]!;
}

/** Rules written for one account must not judge the images of another. */
function checkEnvironment(found: Found, identity: Identity): void {
  if (found.account !== undefined && found.account !== identity.account) {
    throw new AssemblyError(
      `stack ${found.stack} is for account ${found.account}, but the credentials are of ${identity.account}: use a profile of account ${found.account}`,
    );
  }
  if (found.region !== undefined && found.region !== identity.region) {
    throw new AssemblyError(`stack ${found.stack} is for ${found.region}, but the region is ${identity.region}: give --region ${found.region}`);
  }
}

/** The document's text; throws for whatever is unresolved, except for a record bucket that is not needed. */
function withoutRecord(content: Evaluation, found: Found, recordElsewhere: boolean): string {
  if (typeof content.value !== 'string') throw new AssemblyError(`the settings of ${found.construct} are no text in the template`);
  if (content.unresolved.length === 0) return content.value;
  let document: any;
  try {
    document = JSON.parse(content.value);
  } catch {
    // An unresolved value outside a string: it has no path to name, but is named all the same.
  }
  const places = new Map<Unresolved, string[]>(content.unresolved.map((missing) => [missing, []]));
  visit(document, [], (text, path) => {
    for (const [missing, paths] of places) if (text.includes(missing.placeholder)) paths.push(toPath(path));
  });
  const onlyRecord = (paths: readonly string[]) => paths.length > 0 && paths.every((path) => path === 'record.bucket');
  const needed = [...places].filter(([, paths]) => !(recordElsewhere && onlyRecord(paths)));
  if (needed.length > 0) {
    const lines = needed.map(([missing, paths]) => {
      const fix = missing.parameter ? `give --parameter ${missing.parameter}=VALUE` : 'write the value itself in the app, or use the deployed settings';
      const record = onlyRecord(paths) ? ', or keep the record in a folder with --record-dir' : '';
      return `\n  ${paths.length > 0 ? `${paths.join(', ')}: ` : ''}needs ${missing.description}: ${fix}${record}`;
    });
    throw new AssemblyError(`the settings of ${found.construct} refer to what only CloudFormation knows:${lines.join('')}`);
  }
  delete document.record;
  return JSON.stringify(document);
}

function visit(value: unknown, path: PropertyKey[], text: (value: string, path: PropertyKey[]) => void): void {
  if (typeof value === 'string') {
    text(value, path);
  } else if (Array.isArray(value)) {
    value.forEach((item, at) => visit(item, [...path, at], text));
  } else if (value !== null && typeof value === 'object') {
    Object.entries(value).forEach(([key, item]) => visit(item, [...path, key], text));
  }
}
