/** The operations of Amazon ECR on images. */
import { batchDeleteImage } from './ecr-batch-delete';
import { checkImageIds, imageFailure, resolveImageId } from './ecr-image-ids';
import { MEDIA_TYPES } from './ecr-registry';
import { readManifest, type EcrImage, type EcrRepository } from './ecr-repository';
import { AwsError, type Call, type Handler, type Json } from '../call';
import { page, pageSize } from '../paging';

export const imageOperations: Record<string, Handler> = {
  BatchDeleteImage: batchDeleteImage,

  PutImage({ input, region, at }) {
    const repository = region.ecr.repository(input.repositoryName);
    const registryId = region.place.account;
    const where = `in the repository with name '${repository.name}' in registry with id '${registryId}'`;
    // Read apart first: a refused push must leave nothing behind.
    const pushed = readManifest(input.imageManifest, { at, mediaType: input.imageManifestMediaType });
    if (input.imageDigest && input.imageDigest !== pushed.digest) {
      throw new AwsError('ImageDigestDoesNotMatchException', `The provided digest '${input.imageDigest}' does not match the digest of the image '${pushed.digest}'`);
    }
    const missing = (pushed.children ?? []).filter((child) => !repository.images.has(child));
    if (missing.length > 0) {
      throw new AwsError('ReferencedImagesNotFoundException', `The following images referenced by the manifest list do not exist ${where}: ${missing.join(', ')}`);
    }
    if (region.ecr.requireLayers && pushed.layers.length > 0) {
      throw new AwsError('LayersNotFoundException', `Layers with digests '${pushed.layers.join(', ')}' required for pushing image into repository with name '${repository.name}' in the registry with id '${registryId}' do not exist`);
    }
    const existing = repository.images.get(pushed.digest);
    const bearer = input.imageTag === undefined ? undefined : repository.tagIndex.get(input.imageTag);
    if (existing?.status === 'ACTIVE' && (input.imageTag === undefined || bearer === pushed.digest)) {
      const tag = input.imageTag === undefined ? '' : ` and tag '${input.imageTag}'`;
      throw new AwsError('ImageAlreadyExistsException', `Image with digest '${pushed.digest}'${tag} already exists ${where}`);
    }
    if (bearer && bearer !== pushed.digest && repository.tagMutability === 'IMMUTABLE') {
      throw new AwsError('ImageTagAlreadyExistsException', `The image tag '${input.imageTag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`);
    }
    // A new tag for an image that is there is no new push.
    const image = existing?.status === 'ACTIVE' ? existing : repository.put(input.imageManifest, { at, mediaType: input.imageManifestMediaType });
    if (input.imageTag !== undefined) repository.tag(image, input.imageTag);
    return { image: asImage(image, repository, registryId, { imageDigest: image.digest, imageTag: input.imageTag }) };
  },

  DescribeImages({ input, region }) {
    const repository = region.ecr.repository(input.repositoryName);
    const detail = (image: EcrImage) => asDetail(image, repository, region.place.account);
    if (input.imageIds) {
      if (input.nextToken !== undefined || input.maxResults !== undefined) {
        throw new AwsError('InvalidParameterException', 'Invalid parameter: \'nextToken\' and \'maxResults\' cannot be used with \'imageIds\'');
      }
      return {
        imageDetails: checkImageIds(input.imageIds).map((id) => {
          const found = resolveImageId(repository, id);
          if ('image' in found) return detail(found.image);
          throw new AwsError('ImageNotFoundException', `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the repository with name '${repository.name}' in the registry with id '${region.place.account}'`);
        }),
      };
    }
    const { items, token } = page(repository.list().filter(matches(input.filter)), (image) => image.digest, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 1000, byDefault: 100 }),
    });
    return { imageDetails: items.map(detail), nextToken: token };
  },

  ListImages({ input, region }) {
    const repository = region.ecr.repository(input.repositoryName);
    const ids = repository.list().filter(matches(input.filter)).flatMap((image): Json[] => {
      if (image.tags.size === 0) return [{ imageDigest: image.digest }];
      return [...image.tags].sort().map((imageTag) => ({ imageDigest: image.digest, imageTag }));
    });
    const { items, token } = page(ids, (id) => `${id.imageDigest} ${id.imageTag ?? ''}`, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 1000, byDefault: 100 }),
    });
    return { imageIds: items, nextToken: token };
  },

  BatchGetImage(call) {
    const { input, region } = call;
    const repository = region.ecr.repository(input.repositoryName);
    const images: Json[] = [];
    const failures: Json[] = [];
    for (const id of checkImageIds(input.imageIds)) {
      const found = resolveImageId(repository, id);
      if ('failure' in found) {
        failures.push(found.failure);
      } else if (found.image.status !== 'ACTIVE') {
        // An archived image cannot be pulled.
        failures.push(imageFailure(id, 'ImageNotFound', 'Requested image not found'));
      } else {
        const image = accepted(found.image, repository, input.acceptedMediaTypes);
        recordPull(call, found.image);
        images.push(asImage(image, repository, region.place.account, { imageDigest: image.digest, imageTag: id.imageTag }));
      }
    }
    return { images, failures };
  },

  ListImageReferrers({ input, region }) {
    const repository = region.ecr.repository(input.repositoryName);
    const { artifactTypes, artifactStatus } = input.filter ?? {};
    const referrers = repository.referrers(input.subjectId.imageDigest)
      .filter(matches({ imageStatus: artifactStatus }))
      .filter((image) => !artifactTypes || artifactTypes.includes(image.artifactType));
    const { items, token } = page(referrers, (image) => image.digest, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 50, byDefault: 20 }),
    });
    return {
      referrers: items.map((image) => ({
        digest: image.digest,
        mediaType: image.mediaType,
        artifactType: image.artifactType,
        size: image.manifest.length,
        annotations: image.annotations,
        artifactStatus: image.status,
      })),
      nextToken: token,
    };
  },

  UpdateImageStorageClass({ input, region, at }) {
    const repository = region.ecr.repository(input.repositoryName);
    const found = resolveImageId(repository, input.imageId);
    if ('failure' in found) throw new AwsError('ImageNotFoundException', found.failure.failureReason);
    const { image } = found;
    if (input.targetStorageClass === 'ARCHIVE') {
      if (image.status !== 'ARCHIVED') Object.assign(image, { status: 'ARCHIVED', lastArchivedAt: at });
    } else if (input.targetStorageClass === 'STANDARD') {
      if (image.status === 'ARCHIVED') image.status = 'ACTIVATING';
    } else {
      throw new AwsError('ValidationException', 'Invalid parameter at \'targetStorageClass\': must be one of ARCHIVE, STANDARD');
    }
    return { registryId: region.place.account, repositoryName: repository.name, imageId: { imageDigest: image.digest }, imageStatus: image.status };
  },

  GetDownloadUrlForLayer({ input, region }) {
    const repository = region.ecr.repository(input.repositoryName);
    if (!repository.list().some((image) => image.status === 'ACTIVE' && image.layers.includes(input.layerDigest))) {
      throw new AwsError('LayersNotFoundException', `Layers with digests '${input.layerDigest}' not found in the repository with name '${repository.name}'`);
    }
    return { layerDigest: input.layerDigest, downloadUrl: `https://${region.ecr.host}/v2/${repository.name}/blobs/${input.layerDigest}` };
  },
};

/** Whether an image passes a listing's filter: without one, what is archived is invisible. */
function matches(filter: Json | undefined): (image: EcrImage) => boolean {
  const status = filter?.imageStatus ?? 'ACTIVE';
  const tagStatus = filter?.tagStatus ?? 'ANY';
  return (image) => (status === 'ANY' || image.status === status) && (tagStatus === 'ANY' || (tagStatus === 'TAGGED') === image.tags.size > 0);
}

/** To a caller that does not accept an index, ECR gives one of its images. */
function accepted(image: EcrImage, repository: EcrRepository, types: readonly string[] | undefined): EcrImage {
  if (!types?.length || types.includes(image.mediaType) || !image.children) return image;
  return image.children.map((child) => repository.images.get(child)).find((child) => child && types.includes(child.mediaType)) ?? image;
}

/** Reading a manifest counts as a pull, unless the caller's role is excluded. */
function recordPull({ region, principal, at }: Call, image: EcrImage): void {
  if (!region.ecr.pullTimeExclusions.has(principal.roleArn)) image.lastRecordedPullTime = at;
}

function asImage(image: EcrImage, repository: EcrRepository, registryId: string, imageId: Json): Json {
  return { registryId, repositoryName: repository.name, imageId, imageManifest: image.manifest, imageManifestMediaType: image.mediaType };
}

function asDetail(image: EcrImage, repository: EcrRepository, registryId: string): Json {
  const seconds = (at: number | undefined) => (at === undefined ? undefined : at / 1000);
  const isIndex = image.mediaType === MEDIA_TYPES.ociIndex || image.mediaType === MEDIA_TYPES.dockerIndex;
  return {
    registryId,
    repositoryName: repository.name,
    imageDigest: image.digest,
    imageTags: image.tags.size > 0 ? [...image.tags] : undefined,
    imageSizeInBytes: repository.sizeOf(image),
    imagePushedAt: seconds(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    artifactMediaType: isIndex ? undefined : image.artifactType,
    lastRecordedPullTime: seconds(image.lastRecordedPullTime),
    subjectManifestDigest: image.subject,
    imageStatus: image.status,
    lastArchivedAt: seconds(image.lastArchivedAt),
    lastActivatedAt: seconds(image.lastActivatedAt),
  };
}
