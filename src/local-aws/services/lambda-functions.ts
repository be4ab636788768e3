/** Functions with their versions and aliases. */
import { createHash } from 'node:crypto';
import { AwsError, type Json } from '../call';
import { parseImageUri } from '../image-uri';
import type { Instant, Region } from '../world';

export interface FunctionVersion {
  /** `$LATEST`, or a number. */
  readonly version: string;
  readonly configuration: Json;
  /** As it was given. */
  readonly imageUri?: string;
  /** With the digest that it resolved to when the code was set: what runs, wherever the tag goes. */
  readonly resolvedImageUri?: string;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  latest: FunctionVersion;
  readonly published: FunctionVersion[];
  readonly aliases: Map<string, Json>;
}

export interface CreateFunctionOptions {
  readonly name: string;
  /** An image function; left out, a zip function. */
  readonly imageUri?: string;
  readonly at?: Instant;
  /** Members of the function's configuration. */
  readonly configuration?: Json;
}

export class LambdaFunctions {
  readonly all = new Map<string, LambdaFunction>();

  constructor(private readonly region: Region) {}

  create(options: CreateFunctionOptions): LambdaFunction {
    const arn = this.region.arn('lambda', `function:${options.name}`);
    if (this.all.has(options.name)) throw new AwsError('ResourceConflictException', `Function already exist: ${options.name}`, 409, { Type: 'User' });
    const created: LambdaFunction = { name: options.name, arn, latest: this.code(options.name, options), published: [], aliases: new Map() };
    this.all.set(options.name, created);
    return created;
  }

  updateCode(name: string, options: { imageUri?: string; at?: Instant }): LambdaFunction {
    const found = this.get(name);
    found.latest = this.code(found.name, { ...options, configuration: found.latest.configuration });
    return found;
  }

  /** Publishes `$LATEST`; a version that would equal the one before is not made again. */
  publish(name: string): FunctionVersion {
    const found = this.get(name);
    const before = found.published[found.published.length - 1];
    if (before && before.configuration.RevisionId === found.latest.configuration.RevisionId) return before;
    const version = String(Number(before?.version ?? 0) + 1);
    const published = { ...found.latest, version, configuration: { ...found.latest.configuration, Version: version, FunctionArn: `${found.arn}:${version}` } };
    found.published.push(published);
    return published;
  }

  alias(name: string, alias: string, version: string): Json {
    const found = this.get(name);
    this.version(name, version);
    if (found.aliases.has(alias)) throw new AwsError('ResourceConflictException', `Alias already exists: ${found.arn}:${alias}`, 409);
    const created = { AliasArn: `${found.arn}:${alias}`, Name: alias, FunctionVersion: version, Description: '' };
    found.aliases.set(alias, created);
    return created;
  }

  /** By name, partial ARN or ARN, with or without a qualifier. */
  get(name: string): LambdaFunction {
    const short = shortName(name).split(':')[0]!;
    const found = this.all.get(short);
    if (!found) throw this.notFound(short);
    return found;
  }

  version(name: string, qualifier?: string): FunctionVersion {
    const found = this.get(name);
    const wanted = qualifier ?? shortName(name).split(':')[1] ?? '$LATEST';
    if (wanted === '$LATEST') return found.latest;
    const number = found.aliases.get(wanted)?.FunctionVersion ?? wanted;
    const version: FunctionVersion | undefined = number === '$LATEST' ? found.latest : found.published.find((each) => each.version === number);
    if (!version) throw this.notFound(`${found.name}:${wanted}`);
    return version;
  }

  private notFound(name: string): AwsError {
    return new AwsError('ResourceNotFoundException', `Function not found: ${this.region.arn('lambda', `function:${name}`)}`, 404);
  }

  private code(name: string, options: { imageUri?: string; at?: Instant; configuration?: Json }): FunctionVersion {
    const at = this.region.now(options.at);
    const { imageUri } = options;
    const resolved = imageUri === undefined ? undefined : this.resolve(imageUri, options.at);
    const digest = resolved?.split('@sha256:')[1];
    return {
      version: '$LATEST',
      imageUri,
      resolvedImageUri: resolved,
      configuration: {
        ...options.configuration,
        FunctionName: name,
        FunctionArn: `${this.region.arn('lambda', `function:${name}`)}:$LATEST`,
        Version: '$LATEST',
        PackageType: imageUri === undefined ? 'Zip' : 'Image',
        // Of an image, the digest itself; of a zip file, a hash in base64.
        CodeSha256: digest ?? createHash('sha256').update(`${name} ${at}`).digest('base64'),
        CodeSize: imageUri === undefined ? 1024 : 0,
        LastModified: new Date(at).toISOString().replace('Z', '+0000'),
        RevisionId: createHash('sha256').update(`${name} ${at} ${resolved}`).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5'),
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Architectures: options.configuration?.Architectures ?? ['x86_64'],
        MemorySize: options.configuration?.MemorySize ?? 128,
        Timeout: options.configuration?.Timeout ?? 3,
      },
    };
  }

  private resolve(imageUri: string, at?: Instant): string {
    const named = parseImageUri(imageUri);
    const unusable = () => new AwsError('InvalidParameterValueException', `Source image ${imageUri} does not exist. Provide a valid source image.`, 400, { Type: 'User' });
    if (!named) throw new AwsError('InvalidParameterValueException', `Source image ${imageUri} is not valid. Provide a valid source image.`, 400, { Type: 'User' });
    try {
      const { digest } = this.region.ecr.pull(imageUri, { at });
      return `${imageUri.slice(0, imageUri.indexOf('/'))}/${named.repository}@${digest}`;
    } catch {
      throw unusable();
    }
  }
}

function shortName(name: string): string {
  return name.replace(/^arn:[^:]+:lambda:[^:]*:\d{12}:function:/, '').replace(/^\d{12}:function:/, '');
}
