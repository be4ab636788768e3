import { BatchGetImageCommand, DescribeImagesCommand, DescribeRepositoriesCommand, type ImageDetail } from '@aws-sdk/client-ecr';
import type { IndexCache } from './index-cache';
import { parseIndex } from './parse-index';
import { isExact, matchesAny, matchesPattern } from '../../contract/patterns';
import type { SourceProblem } from '../../contract/report';
import type { Clients } from '../aws/clients';
import { chunk, paginate } from '../aws/paginate';
import { AwsCallError, toProblem, unusable } from '../aws/problems';
import type { Catalogue, Identity, Manifest, Repository } from '../model';
import { ACCEPTED_MEDIA_TYPES, isIndex } from '../plan/media-types';

export interface CatalogueOptions {
  readonly clients: Clients;
  readonly identity: Identity;
  /** Names or patterns, of all rules. */
  readonly patterns: readonly string[];
  readonly indexes: IndexCache;
  readonly onRepository?: (done: number, total: number) => void;
}

/** Repositories read at the same time; the calls themselves are bounded by the clients. */
const REPOSITORIES_AT_ONCE = 8;

/** Every image of every repository that a rule selects. */
export async function readCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { clients, identity, patterns } = options;
  let names: string[];
  try {
    names = await listRepositories(clients, identity);
  } catch (thrown) {
    return { identity, repositories: [], problems: [toProblem(thrown)], notes: [] };
  }
  const selected = names.filter((name) => matchesAny(patterns, name)).sort();
  const repositories: Repository[] = [];
  const queue = selected.entries();
  let done = 0;
  await Promise.all(Array.from({ length: REPOSITORIES_AT_ONCE }, async () => {
    for (const [index, name] of queue) {
      const repository = await readRepository(options, name);
      if (repository) repositories[index] = repository;
      options.onRepository?.(++done, selected.length);
    }
  }));
  const notes = [...new Set(patterns)]
    .filter((pattern) => !isExact(pattern) && !names.some((name) => matchesPattern(pattern, name)))
    .map((pattern) => `pattern ${JSON.stringify(pattern)} matches no repository`);
  return { identity, repositories: repositories.filter((repository) => repository !== undefined), problems: [], notes };
}

/** Exact names that a rule gives and the registry does not have: an error of that rule, never of the others. */
export function missingRepositories(catalogue: Catalogue, patterns: readonly string[]): string[] {
  const names = new Set(catalogue.repositories.map(({ name }) => name));
  return [...new Set(patterns)].filter((pattern) => isExact(pattern) && !names.has(pattern)).sort();
}

/** One repository as it is now; undefined when it is gone. What cannot be read becomes a problem of the repository. */
export async function readRepository(
  options: Pick<CatalogueOptions, 'clients' | 'identity' | 'indexes'>,
  name: string,
  attempt = 1,
): Promise<Repository | undefined> {
  const { clients, identity } = options;
  try {
    const details = await paginate({
      service: 'ECR',
      operation: 'DescribeImages',
      page: (nextToken) => clients.ecr.send(new DescribeImagesCommand({
        registryId: identity.account,
        repositoryName: name,
        maxResults: 1000,
        // Archived images, and their referrers, are invisible without.
        filter: { imageStatus: 'ANY' },
        nextToken,
      })),
      items: (page) => page.imageDetails,
      token: (page) => page.nextToken,
    });
    const { manifests, problems } = toManifests(name, details);
    const read = await withChildren(options, name, manifests);
    // Somebody deleted an index between the two calls: what is there now tells more than what is not.
    if (read.vanished && attempt === 1) return await readRepository(options, name, 2);
    return { name, manifests: read.manifests, problems: [...problems, ...read.problems] };
  } catch (thrown) {
    if (thrown instanceof AwsCallError && thrown.code === 'RepositoryNotFoundException') return undefined;
    return { name, manifests: [], problems: [toProblem(thrown)] };
  }
}

async function listRepositories(clients: Clients, identity: Identity): Promise<string[]> {
  const repositories = await paginate({
    service: 'ECR',
    operation: 'DescribeRepositories',
    page: (nextToken) => clients.ecr.send(new DescribeRepositoriesCommand({ registryId: identity.account, maxResults: 1000, nextToken })),
    items: (page) => page.repositories,
    token: (page) => page.nextToken,
  });
  return [...new Set(repositories.map(({ repositoryName }) => {
    if (!repositoryName) throw unusable('ECR', 'DescribeRepositories', 'a repository has no name');
    return repositoryName;
  }))];
}

/** Details that contradict each other, or lack what a verdict needs, are problems of the repository. */
function toManifests(repository: string, details: readonly ImageDetail[]): { manifests: Manifest[]; problems: SourceProblem[] } {
  const manifests = new Map<string, Manifest>();
  const bearers = new Map<string, string>();
  const problems: SourceProblem[] = [];
  for (const detail of details) {
    const digest = detail.imageDigest;
    const pushedAt = detail.imagePushedAt?.getTime();
    if (!digest || pushedAt === undefined || Number.isNaN(pushedAt)) {
      problems.push({ text: `${repository}: ECR describes an image without its ${digest ? `push time (${digest})` : 'digest'}` });
      continue;
    }
    const manifest: Manifest = {
      digest,
      tags: [...new Set(detail.imageTags ?? [])].sort(),
      pushedAt,
      sizeBytes: detail.imageSizeInBytes ?? 0,
      mediaType: detail.imageManifestMediaType ?? 'unknown',
      artifactType: detail.artifactMediaType,
      subject: detail.subjectManifestDigest,
      // Emulators and old answers leave it out; ECR did so before there was an archive.
      status: detail.imageStatus === undefined ? 'ACTIVE' : isStatus(detail.imageStatus) ? detail.imageStatus : 'UNKNOWN',
      lastRecordedPullTime: detail.lastRecordedPullTime?.getTime(),
      activatedAt: detail.lastActivatedAt?.getTime(),
    };
    const other = manifests.get(digest);
    if (other && JSON.stringify(other) !== JSON.stringify(manifest)) problems.push({ text: `${repository}: ${digest} was described twice, and differently` });
    for (const tag of manifest.tags) {
      const bearer = bearers.get(tag);
      if (bearer && bearer !== digest) problems.push({ text: `${repository}: tag ${tag} was described on two images, ${bearer} and ${digest}` });
      bearers.set(tag, digest);
    }
    manifests.set(digest, manifest);
  }
  return { manifests: [...manifests.values()], problems };
}

function isStatus(status: string): status is 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' {
  return status === 'ACTIVE' || status === 'ARCHIVED' || status === 'ACTIVATING';
}

/** An index that cannot be parsed is a fact about the image; one that ECR does not return is a problem of this reading. */
async function withChildren(
  options: Pick<CatalogueOptions, 'clients' | 'identity' | 'indexes'>,
  repository: string,
  manifests: readonly Manifest[],
): Promise<{ manifests: Manifest[]; problems: SourceProblem[]; vanished: boolean }> {
  const indexes = manifests.filter(({ mediaType }) => isIndex(mediaType));
  if (indexes.length > 0) await options.indexes.load(repository);
  // An archived manifest cannot be fetched; asking would only fail.
  const unread = indexes.filter(({ digest, status }) => !options.indexes.of(digest) && status === 'ACTIVE');
  const failures = new Map<string, string>();
  const unparsable = new Map<string, string>();
  await Promise.all(chunk(unread, 100).map(async (batch) => {
    const answer = await options.clients.ecr.send(new BatchGetImageCommand({
      registryId: options.identity.account,
      repositoryName: repository,
      imageIds: batch.map(({ digest }) => ({ imageDigest: digest })),
      acceptedMediaTypes: ACCEPTED_MEDIA_TYPES,
    }));
    for (const failure of answer.failures ?? []) {
      if (failure.imageId?.imageDigest) failures.set(failure.imageId.imageDigest, `${failure.failureCode}: ${failure.failureReason ?? ''}`);
    }
    for (const image of answer.images ?? []) {
      const digest = image.imageId?.imageDigest;
      if (!digest) continue;
      const children = parseIndex(digest, image.imageManifest);
      if ('digests' in children) options.indexes.add(repository, digest, image.imageManifest!, children.digests);
      else unparsable.set(digest, children.unreadable);
    }
  }));
  await options.indexes.save(repository, new Set(indexes.map(({ digest }) => digest)));
  const problems: SourceProblem[] = [];
  const read = manifests.map((manifest): Manifest => {
    if (!isIndex(manifest.mediaType)) return manifest;
    const digests = options.indexes.of(manifest.digest);
    if (digests) return { ...manifest, children: { digests } };
    const known = unparsable.get(manifest.digest) ?? (manifest.status === 'ACTIVE' ? undefined : `its status is ${manifest.status}`);
    if (known !== undefined) return { ...manifest, children: { unreadable: known } };
    const why = failures.get(manifest.digest) ?? 'ECR did not return it';
    problems.push({ text: `ECR BatchGetImage: ${repository}@${manifest.digest} could not be read (${why})` });
    return { ...manifest, children: { unreadable: why } };
  });
  return { manifests: read, problems, vanished: [...failures.values()].some((failure) => failure.startsWith('ImageNotFound')) };
}
