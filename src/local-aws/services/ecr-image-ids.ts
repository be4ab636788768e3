/** Image IDs: what they name, and what AWS answers where they name nothing. */
import type { EcrImage, EcrRepository } from './ecr-repository';
import { AwsError, type Json } from '../call';

const MAX_IMAGE_IDS = 100;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** A failure that AWS puts inside a 200. */
export function imageFailure(imageId: Json, failureCode: string, failureReason: string): Json {
  return { imageId, failureCode, failureReason };
}

/** Finds what an image ID names, or the failure that AWS answers. */
export function resolveImageId(repository: EcrRepository, id: Json): { image: EcrImage } | { failure: Json } {
  const { imageDigest: digest, imageTag: tag } = id;
  if (!digest && !tag) return { failure: imageFailure(id, 'MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null') };
  if (digest && !DIGEST.test(digest)) {
    return { failure: imageFailure(id, 'InvalidImageDigest', 'Invalid request parameters: image digest should satisfy the regex \'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+\'') };
  }
  const tagged = tag === undefined ? undefined : repository.tagIndex.get(tag);
  if (digest && tag !== undefined && tagged !== undefined && tagged !== digest) {
    return { failure: imageFailure(id, 'ImageTagDoesNotMatchDigest', 'Requested image tag does not match the image digest') };
  }
  if (tag !== undefined && tagged === undefined) return { failure: imageFailure(id, 'ImageNotFound', 'Requested image not found') };
  const image = repository.images.get(digest ?? tagged!);
  return image ? { image } : { failure: imageFailure(id, 'ImageNotFound', 'Requested image not found') };
}

export function checkImageIds(ids: unknown): readonly Json[] {
  if (!Array.isArray(ids) || ids.length === 0) {
    throw new AwsError('InvalidParameterException', 'Invalid parameter at \'imageIds\' failed to satisfy constraint: \'Member must have length greater than or equal to 1\'');
  }
  if (ids.length > MAX_IMAGE_IDS) {
    throw new AwsError('InvalidParameterException', `Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length less than or equal to ${MAX_IMAGE_IDS}'`);
  }
  return ids;
}
