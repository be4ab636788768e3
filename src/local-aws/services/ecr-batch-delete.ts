import { checkImageIds, imageFailure, resolveImageId } from './ecr-image-ids';
import type { Call, Json } from '../call';

/**
 * By digest an image goes with all its tags; by tag the tag goes, and the image with its last tag. An image that an index lists is
 * refused inside the 200. Whether an index and its child may go in one call is not defined by AWS: here the child is refused, so that
 * nobody comes to rely on it.
 */
export function batchDeleteImage({ input, region }: Call): Json {
  const repository = region.ecr.repository(input.repositoryName);
  const ids = checkImageIds(input.imageIds);
  const referenced = new Set(ids.flatMap((id) => {
    const found = resolveImageId(repository, id);
    return 'image' in found && repository.isReferenced(found.image.digest) ? [found.image.digest] : [];
  }));
  const imageIds: Json[] = [];
  const failures: Json[] = [];
  for (const id of ids) {
    const found = resolveImageId(repository, id);
    if ('failure' in found) {
      failures.push(found.failure);
      continue;
    }
    const { image } = found;
    const imageDigest = image.digest;
    const goes = id.imageTag === undefined || image.tags.size === 1;
    if (goes && referenced.has(imageDigest)) {
      failures.push(imageFailure({ imageDigest, imageTag: id.imageTag }, 'ImageReferencedByManifestList', 'Requested image referenced by manifest list'));
      continue;
    }
    if (id.imageTag !== undefined) {
      imageIds.push({ imageDigest, imageTag: id.imageTag });
      repository.untag(id.imageTag);
    } else {
      imageIds.push(...(image.tags.size === 0 ? [{ imageDigest }] : [...image.tags].map((imageTag) => ({ imageDigest, imageTag }))));
    }
    if (goes) repository.remove(imageDigest);
  }
  return { imageIds, failures };
}
