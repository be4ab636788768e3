/** A private registry: its repositories and images, and the ways to fill it without HTTP. */
import { createHash } from 'node:crypto';
import { EcrRepository, type EcrImage } from './ecr-repository';
import { AwsError } from '../call';
import { parseImageUri } from '../image-uri';
import { DNS_SUFFIXES, type Instant, type Region } from '../world';

export const MEDIA_TYPES = {
  ociImage: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export interface PushOptions {
  readonly tags?: readonly string[];
  /** When it was pushed; now by default. */
  readonly at?: Instant;
  readonly pulledAt?: Instant;
}

export interface PushImageOptions extends PushOptions {
  readonly sizeBytes?: number;
  /** Makes the image different from others; a counter by default, so that each push is a new image. */
  readonly content?: string;
  readonly format?: 'oci' | 'docker';
  readonly artifactType?: string;
  readonly configMediaType?: string;
}

export interface PushIndexOptions extends PushOptions {
  /** Digests, in the order of the platforms. */
  readonly children: readonly string[];
  readonly format?: 'oci' | 'docker';
  readonly platforms?: readonly string[];
  readonly content?: string;
}

export interface PushMultiArchOptions extends PushOptions {
  readonly platforms?: readonly string[];
  /** Of each image. */
  readonly sizeBytes?: number;
  readonly format?: 'oci' | 'docker';
}

export class EcrRegistry {
  readonly repositories = new Map<string, EcrRepository>();
  /** ARNs of roles whose pulls leave the last pull time alone. */
  readonly pullTimeExclusions = new Map<string, number>();
  /** Whether an image needs its layers to have been uploaded. Off: manifests alone make a world. */
  requireLayers = false;
  private counter = 0;

  constructor(private readonly region: Region) {}

  get registryId(): string {
    return this.region.place.account;
  }

  get host(): string {
    const { account, region, partition } = this.region.place;
    return `${account}.dkr.ecr.${region}.${DNS_SUFFIXES[partition] ?? 'amazonaws.com'}`;
  }

  createRepository(
    name: string,
    options: { tagMutability?: string; tags?: Readonly<Record<string, string>>; at?: Instant } = {},
  ): EcrRepository {
    if (this.repositories.has(name)) {
      throw new AwsError('RepositoryAlreadyExistsException', `The repository with name '${name}' already exists in the registry with id '${this.registryId}'`);
    }
    const arn = this.region.arn('ecr', `repository/${name}`);
    const repository = new EcrRepository(name, arn, `${this.host}/${name}`, this.region.now(options.at), options.tagMutability ?? 'MUTABLE');
    for (const [key, value] of Object.entries(options.tags ?? {})) repository.tags.set(key, value);
    this.repositories.set(name, repository);
    return repository;
  }

  repository(name: string): EcrRepository {
    const found = this.repositories.get(name);
    if (!found) {
      throw new AwsError('RepositoryNotFoundException', `The repository with name '${name}' does not exist in the registry with id '${this.registryId}'`);
    }
    return found;
  }

  /** Pushes an image and creates its repository if need be. */
  pushImage(repository: string, options: PushImageOptions = {}): EcrImage {
    const docker = options.format === 'docker';
    const content = options.content ?? `${this.registryId}/${repository}#${++this.counter}`;
    const sizeBytes = options.sizeBytes ?? 1_000_000;
    const config = options.configMediaType ?? (docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json');
    const layer = docker ? 'application/vnd.docker.image.rootfs.diff.tar.gzip' : 'application/vnd.oci.image.layer.v1.tar+gzip';
    const configSize = Math.min(1000, sizeBytes);
    return this.push(repository, {
      schemaVersion: 2,
      mediaType: docker ? MEDIA_TYPES.dockerImage : MEDIA_TYPES.ociImage,
      ...(options.artifactType ? { artifactType: options.artifactType } : {}),
      config: { mediaType: config, size: configSize, digest: sha256(`config ${content}`) },
      layers: [{ mediaType: layer, size: sizeBytes - configSize, digest: sha256(`layer ${content}`) }],
    }, options);
  }

  /** Pushes an index over images that are there. */
  pushIndex(repository: string, options: PushIndexOptions): EcrImage {
    const images = this.repositories.get(repository)?.images;
    const platforms = options.platforms ?? ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];
    return this.push(repository, {
      schemaVersion: 2,
      mediaType: options.format === 'docker' ? MEDIA_TYPES.dockerIndex : MEDIA_TYPES.ociIndex,
      ...(options.content ? { annotations: { content: options.content } } : {}),
      manifests: options.children.map((digest, position) => {
        const child = images?.get(digest);
        const [os, architecture, variant] = (platforms[position] ?? 'unknown/unknown').split('/');
        return {
          mediaType: child?.mediaType ?? MEDIA_TYPES.ociImage,
          size: child?.manifest.length ?? 0,
          digest,
          platform: { os, architecture, ...(variant ? { variant } : {}) },
        };
      }),
    }, options);
  }

  /** An index with one image for each platform. */
  pushMultiArch(repository: string, options: PushMultiArchOptions = {}): EcrImage & { childDigests: string[] } {
    const platforms = options.platforms ?? ['linux/amd64', 'linux/arm64'];
    const { at, sizeBytes, format } = options;
    const childDigests = platforms.map(() => this.pushImage(repository, { at, sizeBytes, format }).digest);
    const index = this.pushIndex(repository, { ...options, platforms, children: childDigests });
    return Object.assign(index, { childDigests });
  }

  /** Pushes an artefact that refers to an image by OCI 1.1 `subject`. */
  pushReferrer(repository: string, subjectDigest: string, options: PushOptions & { artifactType?: string; sizeBytes?: number } = {}): EcrImage {
    const subject = this.repositories.get(repository)?.images.get(subjectDigest);
    const size = options.sizeBytes ?? 1200;
    return this.push(repository, {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociImage,
      artifactType: options.artifactType ?? 'application/vnd.dev.cosign.artifact.sig.v1+json',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, digest: sha256('{}') },
      layers: [{ mediaType: 'application/octet-stream', size: size - 2, digest: sha256(`referrer ${++this.counter} of ${subjectDigest}`) }],
      subject: { mediaType: subject?.mediaType ?? MEDIA_TYPES.ociImage, size: subject?.manifest.length ?? 0, digest: subjectDigest },
    }, options);
  }

  /** Pushes an artefact whose tag refers to an image: `sha256-<hex>` for the referrers index, with a suffix for a cosign artefact. */
  pushFallbackTag(
    repository: string,
    subjectDigest: string,
    kind: '' | 'sig' | 'att' | 'sbom' = '',
    options: PushOptions & { children?: readonly string[]; sizeBytes?: number } = {},
  ): EcrImage {
    const tags = [`${subjectDigest.replace(':', '-')}${kind ? `.${kind}` : ''}`, ...(options.tags ?? [])];
    if (kind === '') {
      return this.pushIndex(repository, { ...options, tags, children: options.children ?? [], content: `referrers of ${subjectDigest}` });
    }
    return this.pushImage(repository, { ...options, tags, sizeBytes: options.sizeBytes ?? 1200, content: `${kind} of ${subjectDigest} ${++this.counter}` });
  }

  /** Pushes any manifest, as it is. */
  push(repository: string, manifest: object | string, options: PushOptions = {}): EcrImage {
    const target = this.repositories.get(repository) ?? this.createRepository(repository, { at: options.at });
    const image = target.put(typeof manifest === 'string' ? manifest : JSON.stringify(manifest), { at: this.region.now(options.at) });
    for (const tag of options.tags ?? []) target.tag(image, tag);
    if (options.pulledAt !== undefined) image.lastRecordedPullTime = Number(options.pulledAt);
    return image;
  }

  /** Moves a tag (or sets it) to an image that is there. */
  tag(repository: string, digest: string, tag: string): void {
    const target = this.repository(repository);
    const image = target.images.get(digest);
    if (!image) throw new Error(`${repository}@${digest} is not there`);
    target.tag(image, tag);
  }

  /** Moves an image into the archive, as a lifecycle rule does. */
  archive(repository: string, digest: string, options: { at?: Instant } = {}): void {
    const image = this.find(repository, digest);
    if (image) Object.assign(image, { status: 'ARCHIVED', lastArchivedAt: this.region.now(options.at) });
  }

  /** Ends a restoration that `UpdateImageStorageClass` began. */
  activate(repository: string, digest: string, options: { at?: Instant } = {}): void {
    const image = this.find(repository, digest);
    if (image?.status === 'ACTIVATING') Object.assign(image, { status: 'ACTIVE', lastActivatedAt: this.region.now(options.at) });
  }

  find(repository: string, tagOrDigest: string): EcrImage | undefined {
    const target = this.repositories.get(repository);
    return target?.images.get(tagOrDigest.startsWith('sha256:') ? tagOrDigest : target.tagIndex.get(tagOrDigest) ?? '');
  }

  /** How a consumer names an image of this registry. */
  uri(repository: string, tagOrDigest?: string): string {
    return `${this.host}/${repository}${tagOrDigest ? (tagOrDigest.startsWith('sha256:') ? '@' : ':') + tagOrDigest : ''}`;
  }

  /**
   * What a container runtime does: finds the image, walks an index to its images. Throws what a runtime reports when anything is
   * missing; records the pull.
   */
  pull(uri: string, options: { at?: Instant; record?: boolean } = {}): { digest: string; manifests: string[] } {
    const named = parseImageUri(uri);
    const cannot = (digest: string) => new Error(`CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${uri}: ${digest}: not found`);
    const registry = named && this.region.world.region(named.registry, named.region).ecr;
    if (!named || !registry) throw cannot('not an image of a private registry');
    const repository = registry.repositories.get(named.repository);
    const root = registry.find(named.repository, named.digest ?? named.tag!);
    if (!repository || !root || root.status !== 'ACTIVE') throw cannot(named.digest ?? named.tag!);
    const manifests: string[] = [];
    const visit = (digest: string) => {
      const image = repository.images.get(digest);
      if (!image || image.status !== 'ACTIVE') throw cannot(digest);
      manifests.push(digest);
      image.children?.forEach(visit);
    };
    visit(root.digest);
    if (options.record ?? true) root.lastRecordedPullTime = Math.max(root.lastRecordedPullTime ?? 0, this.region.now(options.at));
    return { digest: root.digest, manifests };
  }
}

export function sha256(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
