/** One repository: manifests by digest, tags, and what refers to what. */
import { createHash } from 'node:crypto';
import { AwsError } from '../call';

export interface EcrImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  /** Media type of the config, or the artefact's own type. */
  readonly artifactType?: string;
  readonly tags: Set<string>;
  /** Of its own layers; an index has none (see {@link EcrRepository.sizeOf}). */
  readonly ownBytes: number;
  pushedAt: number;
  lastRecordedPullTime?: number;
  readonly subject?: string;
  /** Of an index. */
  readonly children?: readonly string[];
  readonly layers: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  status: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING';
  lastArchivedAt?: number;
  lastActivatedAt?: number;
}

export class EcrRepository {
  readonly images = new Map<string, EcrImage>();
  readonly tagIndex = new Map<string, string>();
  readonly tags = new Map<string, string>();
  /** Indexes that list a digest. */
  private readonly parents = new Map<string, Set<string>>();
  private sorted: EcrImage[] | undefined;

  constructor(
    readonly name: string,
    readonly arn: string,
    readonly uri: string,
    readonly createdAt: number,
    public tagMutability: string,
  ) {}

  /** In the order of the digests. */
  list(): readonly EcrImage[] {
    return (this.sorted ??= [...this.images.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)));
  }

  /** Stores a manifest; one that is there already is pushed anew, which also brings it back from the archive. */
  put(manifest: string, options: { at: number; mediaType?: string }): EcrImage {
    const image = readManifest(manifest, options);
    const existing = this.images.get(image.digest);
    if (existing) {
      if (existing.status !== 'ACTIVE') Object.assign(existing, { status: 'ACTIVE', lastActivatedAt: options.at });
      existing.pushedAt = options.at;
      return existing;
    }
    this.images.set(image.digest, image);
    this.sorted = undefined;
    for (const child of image.children ?? []) {
      let parents = this.parents.get(child);
      if (!parents) this.parents.set(child, (parents = new Set()));
      parents.add(image.digest);
    }
    return image;
  }

  tag(image: EcrImage, tag: string): void {
    const before = this.tagIndex.get(tag);
    if (before && before !== image.digest) this.images.get(before)?.tags.delete(tag);
    this.tagIndex.set(tag, image.digest);
    image.tags.add(tag);
  }

  untag(tag: string): void {
    const digest = this.tagIndex.get(tag);
    this.tagIndex.delete(tag);
    if (digest) this.images.get(digest)?.tags.delete(tag);
  }

  /** Deletes an image and its tags; the children of an index stay, as orphans. */
  remove(digest: string): void {
    const image = this.images.get(digest);
    if (!image) return;
    for (const tag of image.tags) this.tagIndex.delete(tag);
    for (const child of image.children ?? []) {
      const parents = this.parents.get(child);
      parents?.delete(digest);
      if (parents?.size === 0) this.parents.delete(child);
    }
    this.images.delete(digest);
    this.sorted = undefined;
  }

  isReferenced(digest: string): boolean {
    return this.parents.has(digest);
  }

  referrers(subject: string): EcrImage[] {
    return this.list().filter((image) => image.subject === subject);
  }

  /** AWS gives an index the size of its largest child. */
  sizeOf(image: EcrImage): number {
    if (!image.children) return image.ownBytes;
    return image.children.reduce((largest, child) => {
      const found = this.images.get(child);
      return Math.max(largest, found ? this.sizeOf(found) : 0);
    }, 0);
  }
}

/** What a registry reads of a manifest when it is pushed. */
export function readManifest(text: string, options: { at: number; mediaType?: string }): EcrImage {
  let manifest: any;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw new AwsError('InvalidParameterException', 'Invalid parameter at \'ImageManifest\' failed to satisfy constraint: \'Invalid JSON syntax\'');
  }
  const mediaType: unknown = options.mediaType ?? manifest?.mediaType;
  if (typeof mediaType !== 'string') {
    throw new AwsError('InvalidParameterException', 'Invalid parameter at \'ImageManifest\' failed to satisfy constraint: \'Manifest media type is missing\'');
  }
  const layers: any[] = Array.isArray(manifest.layers) ? manifest.layers : [];
  const children: unknown[] | undefined = Array.isArray(manifest.manifests) ? manifest.manifests.map((child: any) => child?.digest) : undefined;
  const artifactType: unknown = manifest.artifactType ?? manifest.config?.mediaType;
  return {
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    manifest: text,
    mediaType,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    tags: new Set(),
    ownBytes: layers.reduce((sum, layer) => sum + Number(layer?.size ?? 0), 0) + Number(manifest.config?.size ?? 0),
    pushedAt: options.at,
    ...(typeof manifest.subject?.digest === 'string' ? { subject: manifest.subject.digest } : {}),
    ...(children ? { children: children.filter((child): child is string => typeof child === 'string') } : {}),
    layers: layers.map((layer) => String(layer?.digest)),
    ...(manifest.annotations ? { annotations: manifest.annotations } : {}),
    status: 'ACTIVE',
  };
}
