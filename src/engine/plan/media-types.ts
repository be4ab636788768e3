/** What ECR's media types mean to the plan. Anything that is not listed here is unknown, and unknown is held. */

const INDEXES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

const MANIFESTS = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

/** Single images of the old schema: they have no children, and nothing can be said of what they hold. */
const OLD_MANIFESTS = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]);

/** `artifactMediaType` (the configuration's media type) of what a container runtime can run. */
const IMAGE_CONFIGURATIONS = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Media types that the engine asks ECR for: without them an index may come back as one of its images. */
export const ACCEPTED_MEDIA_TYPES: string[] = [...INDEXES, ...MANIFESTS];

export function isIndex(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

/** Whether it is known what the manifest can refer to. */
export function isKnown(mediaType: string): boolean {
  return INDEXES.has(mediaType) || MANIFESTS.has(mediaType);
}

/** Whether a manifest of this type could list children that nobody has read. */
export function couldHaveChildren(mediaType: string): boolean {
  return !MANIFESTS.has(mediaType) && !OLD_MANIFESTS.has(mediaType);
}

/** Whether it is a container image, rather than a Helm chart, a Wasm module or something that is not known. */
export function isContainerImage(mediaType: string, artifactType: string | undefined): boolean {
  if (artifactType === undefined) return isKnown(mediaType);
  return IMAGE_CONFIGURATIONS.has(artifactType);
}

/**
 * The digest that a fallback tag refers to: `sha256-<64 hex>` (the OCI referrers tag schema, SOCI) and `sha256-<64 hex>.sig`, `.att`,
 * `.sbom` (cosign).
 */
export function fallbackSubject(tag: string): string | undefined {
  const match = /^sha256-([0-9a-f]{64})(?:\.[A-Za-z0-9_-]+)?$/.exec(tag);
  return match ? `sha256:${match[1]}` : undefined;
}
