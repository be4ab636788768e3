import { createHash } from 'node:crypto';
import type { IndexChildren } from '../model';

/** The digests that an index lists. The manifest must be the one that the digest names: anything else is not read. */
export function parseIndex(digest: string, text: string | undefined): IndexChildren {
  if (!text) return { unreadable: 'ECR returned no manifest' };
  if (`sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}` !== digest) return { unreadable: 'the manifest does not match its digest' };
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    return { unreadable: 'it is not JSON' };
  }
  const entries = (index as { manifests?: unknown } | null)?.manifests;
  if (!Array.isArray(entries)) return { unreadable: 'it has no list of manifests' };
  const digests: string[] = [];
  for (const entry of entries) {
    const child = (entry as { digest?: unknown } | null)?.digest;
    if (typeof child !== 'string' || !/^[a-z0-9]+:[0-9a-f]{32,}$/.test(child)) return { unreadable: 'it lists a manifest without a digest' };
    digests.push(child);
  }
  return { digests };
}
