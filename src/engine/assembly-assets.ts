/** Which file of a cloud assembly a nested stack's template is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface AssetManifest {
  readonly files?: Readonly<Record<string, {
    readonly source?: { readonly path?: string };
    readonly destinations?: Readonly<Record<string, { readonly objectKey?: string }>>;
  }>>;
}

/** The files that the assembly's asset manifests publish, by the key that they get in the bootstrap bucket. */
export function filesByObjectKey(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  if (!existsSync(directory)) return files;
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.assets.json'))) {
    for (const { source, destinations } of Object.values(readManifest(join(directory, name)).files ?? {})) {
      for (const { objectKey } of Object.values(destinations ?? {})) {
        if (source?.path && objectKey) files.set(objectKey, source.path);
      }
    }
  }
  return files;
}

/** What is published is not known where the manifest cannot be read; the nested stacks that it names then count as unread. */
function readManifest(path: string): AssetManifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as AssetManifest;
  } catch {
    return {};
  }
}

/**
 * The file of a nested stack's template. The metadata that names it is only there when the CDK CLI asked for it; the key in the
 * template's URL always is.
 */
export function nestedTemplateFile(resource: any, files: ReadonlyMap<string, string>): string | undefined {
  const named: unknown = resource.Metadata?.['aws:asset:path'];
  if (typeof named === 'string') return named;
  const url = literalText(resource.Properties?.TemplateURL);
  const key = [...files.keys()].find((objectKey) => url.endsWith(`/${objectKey}`));
  return key === undefined ? undefined : files.get(key);
}

/** The text of an expression, with something that no key contains for each value that only CloudFormation knows. */
function literalText(expression: any): string {
  if (typeof expression === 'string') return expression;
  if (Array.isArray(expression)) return expression.map(literalText).join('');
  if (Array.isArray(expression?.['Fn::Join'])) return (expression['Fn::Join'][1] as unknown[] ?? []).map(literalText).join(String(expression['Fn::Join'][0]));
  const sub: unknown = expression?.['Fn::Sub'];
  if (sub !== undefined) return String(Array.isArray(sub) ? sub[0] : sub).replace(/\$\{[^}]*\}/g, '\u0000');
  return '\u0000';
}
