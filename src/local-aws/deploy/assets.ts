import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../call';

/** The files of a cloud assembly, by the key that they are uploaded under. */
export function assetPaths(assemblyDirectory: string | undefined): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  if (assemblyDirectory === undefined) return paths;
  for (const entry of readdirSync(assemblyDirectory).filter((name) => name.endsWith('.assets.json'))) {
    const manifest: Json = JSON.parse(readFileSync(join(assemblyDirectory, entry), 'utf8'));
    for (const file of Object.values<Json>(manifest.files ?? {})) {
      const path = join(assemblyDirectory, file.source?.path ?? '');
      if (!file.source?.path || !existsSync(path)) continue;
      for (const destination of Object.values<Json>(file.destinations ?? {})) paths.set(destination.objectKey, path);
    }
  }
  return paths;
}
