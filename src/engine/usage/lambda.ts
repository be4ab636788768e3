/** What AWS Lambda uses: `$LATEST` and every published version of each function, by the digest that it was resolved to. */
import { GetFunctionCommand, ListFunctionsCommand, type FunctionConfiguration } from '@aws-sdk/client-lambda';
import { Findings } from './findings';
import { isDigest, parseImageReference } from './image-reference';
import { select } from './selection';
import type { UsageContext, UsageSource } from './source';
import { paginate } from '../aws/paginate';
import { AwsCallError, unusable } from '../aws/problems';

export const LAMBDA_USAGE: UsageSource = {
  name: 'lambda',
  enabled: (settings) => settings.usage.lambda.enabled,
  async read(context) {
    const findings = new Findings('lambda', context.identity);
    await findings.attempt(() => readFunctions(context, findings));
    return findings.usage();
  },
};

async function readFunctions(context: UsageContext, findings: Findings): Promise<void> {
  // Aliases only point at versions, so with all versions they are read too.
  const versions = await listVersions(context);
  const names = new Set<string>();
  for (const version of versions) {
    if (version.FunctionName !== undefined && version.FunctionArn !== undefined && version.Version !== undefined) names.add(version.FunctionName);
    else findings.problem({ text: `Lambda ListFunctions: the answer has ${version.FunctionArn ?? 'a function without an ARN'} in it, which has no name or no version` });
  }
  const selected = select({ setting: 'usage.lambda.functions', what: 'function', patterns: context.settings.usage.lambda.functions }, names, findings);
  const lost: FunctionConfiguration[] = [];
  await findings.each(versions.filter(({ FunctionName }) => FunctionName !== undefined && selected.has(FunctionName)), async (version) => {
    if (version.PackageType === 'Zip') return;
    const digest = version.PackageType === 'Image' ? digestOf(version, context) : undefined;
    if (digest !== undefined) findings.reference(consumerOf(version), digest, { kind: 'digest', digest });
    // $LATEST is always asked for: whoever deploys it again, or rolls it back, does so by the tag that it names.
    if (digest !== undefined && version.Version !== '$LATEST') return;
    try {
      await readFromFunction(version, digest, context, findings);
    } catch (thrown) {
      if (!(thrown instanceof AwsCallError) || thrown.code !== 'ResourceNotFoundException') throw thrown;
      lost.push(version);
    }
  });

  if (lost.length === 0) return;
  // Deleted since it was listed: only a listing made afterwards tells that from an answer that is wrong.
  const now = new Set((await listVersions(context)).map(keyOf));
  for (const version of lost) {
    if (now.has(keyOf(version))) findings.problem({ text: `Lambda GetFunction: ${version.FunctionArn} is listed, but reported as not found` });
  }
}

function listVersions(context: UsageContext): Promise<FunctionConfiguration[]> {
  return paginate({
    service: 'Lambda',
    operation: 'ListFunctions',
    page: (Marker) => context.clients.lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL', Marker, MaxItems: 50 })),
    items: (page) => page.Functions,
    token: (page) => page.NextMarker,
  });
}

/**
 * For an image, the hash of the code is the hash of the manifest. Lambda does not promise that, so it counts only when the catalogue
 * has such a digest; then it saves a call per published version.
 */
function digestOf(version: FunctionConfiguration, context: UsageContext): string | undefined {
  const digest = `sha256:${version.CodeSha256}`;
  return isDigest(digest) && context.isCatalogued(digest) ? digest : undefined;
}

interface Code {
  readonly imageUri?: string;
  readonly resolvedImageUri: string;
}

/** A function whose image was deleted, say, or could not be resolved: only the repository is certain. */
interface UnresolvedCode {
  readonly imageUri: string;
  readonly unresolved: string;
}

/** @param digest what the listing has told already, so that only the name is wanted */
async function readFromFunction(
  version: FunctionConfiguration,
  digest: string | undefined,
  context: UsageContext,
  findings: Findings,
): Promise<void> {
  // The code of a published version never changes, and that of $LATEST not without a new revision ID; the hash guards against a
  // function of the same name that took its place.
  const edition = version.Version === '$LATEST' ? version.RevisionId : version.Version;
  const key = edition && version.CodeSha256 ? `lambda:code:${keyOf(version)}:${edition}:${version.CodeSha256}` : undefined;
  const kept = key === undefined ? undefined : context.immutable.get(key);
  const code = isCode(kept) ? kept : await getCode(version, context);
  if (!code) return;
  if ('unresolved' in code) {
    findings.image(consumerOf(version), code.imageUri);
    if (digest === undefined) findings.doubt(code.imageUri, code.unresolved);
    return;
  }
  if (key !== undefined) context.immutable.set(key, code);
  if (digest === undefined) findings.image(consumerOf(version), code.resolvedImageUri);
  if (code.imageUri !== undefined) findings.image(consumerOf(version), code.imageUri);
}

/** Undefined for a function that turns out to be no image. */
async function getCode(version: FunctionConfiguration, context: UsageContext): Promise<Code | UnresolvedCode | undefined> {
  const answer = await context.clients.lambda.send(new GetFunctionCommand({ FunctionName: version.FunctionName, Qualifier: version.Version }));
  const code = answer.Code;
  if (!code) throw unusable('Lambda', 'GetFunction', `the answer for ${version.FunctionArn} has no code in it`);
  const { ImageUri: imageUri, ResolvedImageUri: resolvedImageUri } = code;
  if (resolvedImageUri) return { ...(imageUri ? { imageUri } : {}), resolvedImageUri };
  if (version.PackageType !== 'Image' && answer.Configuration?.PackageType === 'Zip') return undefined;
  const error = code.Error ? ` (${code.Error.ErrorCode}: ${code.Error.Message})` : '';
  const unresolved = `the answer for ${version.FunctionArn} has no resolved image in it${error}`;
  const target = imageUri ? parseImageReference(imageUri) : undefined;
  if (!imageUri || target?.kind !== 'repository') throw unusable('Lambda', 'GetFunction', unresolved);
  return target.digest === undefined ? { imageUri, unresolved } : { imageUri, resolvedImageUri: imageUri };
}

function consumerOf(version: FunctionConfiguration) {
  return { consumer: version.FunctionArn!, consumerKind: 'function version' };
}

function keyOf(version: FunctionConfiguration): string {
  return `${version.FunctionArn} ${version.Version}`;
}

function isCode(value: unknown): value is Code {
  const { imageUri, resolvedImageUri } = (value ?? {}) as Partial<Code>;
  return typeof resolvedImageUri === 'string' && (imageUri === undefined || typeof imageUri === 'string');
}
