import { createHash } from 'node:crypto';
import {
  BatchDeleteImageCommand, BatchGetImageCommand, CreateRepositoryCommand, DescribeImagesCommand, DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand, GetDownloadUrlForLayerCommand, ListImageReferrersCommand, ListImagesCommand, ListTagsForResourceCommand,
  PutImageCommand, RegisterPullTimeUpdateExclusionCommand, TagResourceCommand, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import { clientsFor, destroyClients } from './clients';
import { MEDIA_TYPES, startLocalAws, type LocalAws } from '../../src/local-aws';

const START = Date.parse('2026-11-01T00:00:00Z');
let aws: LocalAws;
let now: number;

beforeEach(async () => {
  now = START;
  aws = await startLocalAws({ clock: () => now });
});
afterEach(async () => {
  destroyClients();
  await aws.stop();
});

const manifest = (content: string) => JSON.stringify({
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.ociImage,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: 10, digest: `sha256:${content.repeat(64).slice(0, 64)}` },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: 90, digest: `sha256:${content.repeat(64).slice(0, 64)}` }],
});
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('repositories', () => {
  test('a created repository is described with its ARN and URI, and cannot be created twice', async () => {
    const { ecr } = clientsFor(aws);
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/web' }));
    expect(repository).toMatchObject({
      repositoryArn: 'arn:aws:ecr:us-east-1:111122223333:repository/team/web',
      repositoryUri: '111122223333.dkr.ecr.us-east-1.amazonaws.com/team/web',
      createdAt: new Date(START),
    });
    await expect(ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/web' }))).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
  });

  test('repositories come in pages, and one that is not there is an error', async () => {
    for (let i = 0; i < 5; i++) aws.ecr.createRepository(`r${i}`);
    const { ecr } = clientsFor(aws);
    const first = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 2 }));
    const second = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 4, nextToken: first.nextToken }));
    expect([...first.repositories!, ...second.repositories!].map((repository) => repository.repositoryName)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    expect(second.nextToken).toBeUndefined();
    await expect(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['gone'] }))).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    await expect(ecr.send(new DescribeRepositoriesCommand({ maxResults: 1001 }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('tags of a repository are kept', async () => {
    const { ecr } = clientsFor(aws);
    const { arn } = aws.ecr.createRepository('r', { tags: { a: '1' } });
    await ecr.send(new TagResourceCommand({ resourceArn: arn, tags: [{ Key: 'b', Value: '2' }] }));
    expect((await ecr.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual([{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
  });

  test('an authorization token names the registry', async () => {
    const { authorizationData } = await clientsFor(aws).ecr.send(new GetAuthorizationTokenCommand({}));
    expect(authorizationData![0]!.proxyEndpoint).toBe('https://111122223333.dkr.ecr.us-east-1.amazonaws.com');
  });
});

describe('pushing', () => {
  test('the digest is the hash of the manifest, and a wrong one is refused', async () => {
    const { ecr } = clientsFor(aws);
    aws.ecr.createRepository('r');
    const { image } = await ecr.send(new PutImageCommand({ repositoryName: 'r', imageManifest: manifest('a'), imageTag: 'v1' }));
    expect(image!.imageId).toEqual({ imageDigest: sha256(manifest('a')), imageTag: 'v1' });
    await expect(ecr.send(new PutImageCommand({ repositoryName: 'r', imageManifest: manifest('b'), imageDigest: sha256('other') })))
      .rejects.toMatchObject({ name: 'ImageDigestDoesNotMatchException' });
    expect(aws.ecr.repository('r').images.size).toBe(1);
  });

  test('a tag moves to the image pushed last, unless the repository is immutable', async () => {
    const { ecr } = clientsFor(aws);
    aws.ecr.createRepository('mutable');
    aws.ecr.createRepository('immutable', { tagMutability: 'IMMUTABLE' });
    for (const repositoryName of ['mutable', 'immutable']) await ecr.send(new PutImageCommand({ repositoryName, imageManifest: manifest('a'), imageTag: 'v1' }));
    await ecr.send(new PutImageCommand({ repositoryName: 'mutable', imageManifest: manifest('b'), imageTag: 'v1' }));
    expect(aws.ecr.find('mutable', 'v1')!.digest).toBe(sha256(manifest('b')));
    expect(aws.ecr.find('mutable', sha256(manifest('a')))!.tags.size).toBe(0);
    await expect(ecr.send(new PutImageCommand({ repositoryName: 'immutable', imageManifest: manifest('b'), imageTag: 'v1' })))
      .rejects.toMatchObject({ name: 'ImageTagAlreadyExistsException' });
  });

  test('the same image and tag cannot be pushed twice, and an index needs its children', async () => {
    const { ecr } = clientsFor(aws);
    aws.ecr.createRepository('r');
    await ecr.send(new PutImageCommand({ repositoryName: 'r', imageManifest: manifest('a'), imageTag: 'v1' }));
    await expect(ecr.send(new PutImageCommand({ repositoryName: 'r', imageManifest: manifest('a'), imageTag: 'v1' }))).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [{ digest: sha256('nowhere'), mediaType: MEDIA_TYPES.ociImage, size: 1 }] });
    await expect(ecr.send(new PutImageCommand({ repositoryName: 'r', imageManifest: index }))).rejects.toMatchObject({ name: 'ReferencedImagesNotFoundException' });
  });
});

describe('listing', () => {
  test('images come in pages of 100 unless more are asked for, each exactly once', async () => {
    const pushed = Array.from({ length: 250 }, (_, i) => aws.ecr.pushImage('r', { tags: [`v${i}`], at: START + i }).digest);
    const { ecr } = clientsFor(aws);
    const first = await ecr.send(new DescribeImagesCommand({ repositoryName: 'r' }));
    expect(first.imageDetails).toHaveLength(100);
    const rest = await ecr.send(new DescribeImagesCommand({ repositoryName: 'r', maxResults: 1000, nextToken: first.nextToken }));
    expect(rest.nextToken).toBeUndefined();
    expect([...first.imageDetails!, ...rest.imageDetails!].map((image) => image.imageDigest).sort()).toEqual([...pushed].sort());
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'r', maxResults: 1001 }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('an image that is deleted between two pages makes no other image disappear', async () => {
    Array.from({ length: 20 }, () => aws.ecr.pushImage('r'));
    const { ecr } = clientsFor(aws);
    const first = await ecr.send(new DescribeImagesCommand({ repositoryName: 'r', maxResults: 10 }));
    aws.ecr.repository('r').remove(first.imageDetails![0]!.imageDigest!);
    const rest = await ecr.send(new DescribeImagesCommand({ repositoryName: 'r', maxResults: 10, nextToken: first.nextToken }));
    expect(new Set([...first.imageDetails!, ...rest.imageDetails!].map((image) => image.imageDigest)).size).toBe(20);
  });

  test('details carry times, media types, sizes and the subject; an index has the size of its largest child', async () => {
    const small = aws.ecr.pushImage('r', { sizeBytes: 5_000, at: START - 2000, pulledAt: START - 1000 });
    const large = aws.ecr.pushImage('r', { sizeBytes: 9_000 });
    const index = aws.ecr.pushIndex('r', { children: [small.digest, large.digest], tags: ['v1'] });
    const signature = aws.ecr.pushReferrer('r', index.digest, { artifactType: 'application/x.signature' });
    const { imageDetails } = await clientsFor(aws).ecr.send(new DescribeImagesCommand({ repositoryName: 'r', maxResults: 1000 }));
    const of = (digest: string) => imageDetails!.find((image) => image.imageDigest === digest);
    expect(of(small.digest)).toMatchObject({ imageSizeInBytes: 5_000, imagePushedAt: new Date(START - 2000), lastRecordedPullTime: new Date(START - 1000), imageStatus: 'ACTIVE' });
    expect(of(small.digest)!.imageTags).toBeUndefined();
    expect(of(index.digest)).toMatchObject({ imageSizeInBytes: 9_000, imageTags: ['v1'], imageManifestMediaType: MEDIA_TYPES.ociIndex });
    expect(of(signature.digest)).toMatchObject({ subjectManifestDigest: index.digest, artifactMediaType: 'application/x.signature' });
  });

  test('what is archived is invisible unless it is asked for', async () => {
    const image = aws.ecr.pushImage('r');
    const signature = aws.ecr.pushReferrer('r', image.digest);
    const { ecr } = clientsFor(aws);
    for (const imageDigest of [image.digest, signature.digest]) {
      await ecr.send(new UpdateImageStorageClassCommand({ repositoryName: 'r', imageId: { imageDigest }, targetStorageClass: 'ARCHIVE' }));
    }
    expect((await ecr.send(new DescribeImagesCommand({ repositoryName: 'r' }))).imageDetails).toEqual([]);
    expect((await ecr.send(new DescribeImagesCommand({ repositoryName: 'r', filter: { imageStatus: 'ANY' } }))).imageDetails).toHaveLength(2);
    expect((await ecr.send(new ListImagesCommand({ repositoryName: 'r', filter: { imageStatus: 'ARCHIVED' } }))).imageIds).toHaveLength(2);
    expect((await ecr.send(new ListImageReferrersCommand({ repositoryName: 'r', subjectId: { imageDigest: image.digest } }))).referrers).toEqual([]);
    const { referrers } = await ecr.send(new ListImageReferrersCommand({ repositoryName: 'r', subjectId: { imageDigest: image.digest }, filter: { artifactStatus: 'ANY' } }));
    expect(referrers).toMatchObject([{ digest: signature.digest, artifactStatus: 'ARCHIVED' }]);
    const restored = await ecr.send(new UpdateImageStorageClassCommand({ repositoryName: 'r', imageId: { imageDigest: image.digest }, targetStorageClass: 'STANDARD' }));
    expect(restored.imageStatus).toBe('ACTIVATING');
  });

  test('an image ID that is not there fails the whole description, and IDs exclude paging', async () => {
    const { digest } = aws.ecr.pushImage('r', { tags: ['v1'] });
    const { ecr } = clientsFor(aws);
    expect((await ecr.send(new DescribeImagesCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v1' }] }))).imageDetails![0]!.imageDigest).toBe(digest);
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v2' }] }))).rejects.toMatchObject({ name: 'ImageNotFoundException' });
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v1' }], maxResults: 1 }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(ecr.send(new DescribeImagesCommand({ repositoryName: 'gone' }))).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });
});

describe('pulling', () => {
  test('reading a manifest refreshes its pull time, unless the role is excluded', async () => {
    const { digest } = aws.ecr.pushImage('r', { tags: ['v1'], pulledAt: START - 5000 });
    const { ecr } = clientsFor(aws, aws.credentialsFor({ roleName: 'engine' }));
    await ecr.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn: 'arn:aws:iam::111122223333:role/engine' }));
    await ecr.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v1' }] }));
    expect(aws.ecr.find('r', digest)!.lastRecordedPullTime).toBe(START - 5000);
    await clientsFor(aws).ecr.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v1' }] }));
    expect(aws.ecr.find('r', digest)!.lastRecordedPullTime).toBe(START);
  });

  test('an index comes back as an index only to a caller that accepts it', async () => {
    const { digest, childDigests } = aws.ecr.pushMultiArch('r', { tags: ['v1'] });
    const { ecr } = clientsFor(aws);
    const get = async (acceptedMediaTypes: string[]) =>
      (await ecr.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'v1' }], acceptedMediaTypes }))).images![0]!;
    expect((await get([MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociImage])).imageId!.imageDigest).toBe(digest);
    expect(sha256((await get([MEDIA_TYPES.ociIndex])).imageManifest!)).toBe(digest);
    expect((await get([MEDIA_TYPES.ociImage])).imageId!.imageDigest).toBe(childDigests[0]);
  });

  test('failures come inside a 200, and at most 100 images at once', async () => {
    const { digest } = aws.ecr.pushImage('r', { tags: ['v1'] });
    const { ecr } = clientsFor(aws);
    const { images, failures } = await ecr.send(new BatchGetImageCommand({
      repositoryName: 'r',
      imageIds: [{ imageDigest: digest }, { imageTag: 'v2' }, { imageDigest: 'sha256:short' }, {}, { imageTag: 'v1', imageDigest: sha256('x') }],
    }));
    expect(images).toHaveLength(1);
    expect(failures!.map((failure) => failure.failureCode)).toEqual(['ImageNotFound', 'InvalidImageDigest', 'MissingDigestAndTag', 'ImageTagDoesNotMatchDigest']);
    const imageIds = Array.from({ length: 101 }, () => ({ imageDigest: digest }));
    await expect(ecr.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('an archived image cannot be pulled', async () => {
    const { digest } = aws.ecr.pushImage('r');
    aws.ecr.archive('r', digest);
    const { failures } = await clientsFor(aws).ecr.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds: [{ imageDigest: digest }] }));
    expect(failures).toHaveLength(1);
    expect(() => aws.ecr.pull(aws.ecr.uri('r', digest))).toThrow(/CannotPullContainerError/);
  });

  test('a layer has an address as long as an image has it', async () => {
    const image = aws.ecr.pushImage('r');
    const { ecr } = clientsFor(aws);
    const layer = new GetDownloadUrlForLayerCommand({ repositoryName: 'r', layerDigest: image.layers[0]! });
    expect((await ecr.send(layer)).downloadUrl).toContain(image.layers[0]!);
    aws.ecr.repository('r').remove(image.digest);
    await expect(ecr.send(layer)).rejects.toMatchObject({ name: 'LayersNotFoundException' });
  });
});

describe('deleting', () => {
  const remove = async (...imageIds: { imageDigest?: string; imageTag?: string }[]) =>
    clientsFor(aws).ecr.send(new BatchDeleteImageCommand({ repositoryName: 'r', imageIds }));

  test('by digest an image goes with all its tags', async () => {
    const { digest } = aws.ecr.pushImage('r', { tags: ['v1', 'latest'] });
    expect((await remove({ imageDigest: digest })).imageIds).toEqual([{ imageDigest: digest, imageTag: 'v1' }, { imageDigest: digest, imageTag: 'latest' }]);
    expect(aws.ecr.find('r', 'v1')).toBeUndefined();
    expect((await remove({ imageDigest: digest })).failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
  });

  test('by tag the tag goes, and the image with its last tag', async () => {
    const { digest } = aws.ecr.pushImage('r', { tags: ['v1', 'v2'] });
    await remove({ imageTag: 'v1' });
    expect(aws.ecr.find('r', digest)!.tags).toEqual(new Set(['v2']));
    await remove({ imageTag: 'v2' });
    expect(aws.ecr.find('r', digest)).toBeUndefined();
  });

  test('a child of a present index is refused inside a 200, with or without its index in the same call', async () => {
    const { digest, childDigests } = aws.ecr.pushMultiArch('r', { tags: ['v1'] });
    const refused = await remove({ imageDigest: childDigests[0] });
    expect(refused.imageIds).toEqual([]);
    expect(refused.failures).toEqual([{ imageId: { imageDigest: childDigests[0] }, failureCode: 'ImageReferencedByManifestList', failureReason: 'Requested image referenced by manifest list' }]);
    const together = await remove({ imageDigest: digest }, { imageDigest: childDigests[0] });
    expect(together.imageIds).toHaveLength(1);
    expect(together.failures).toHaveLength(1);
  });

  test('the last tag of a referenced child is refused too', async () => {
    const child = aws.ecr.pushImage('r', { tags: ['amd64'] });
    aws.ecr.pushIndex('r', { children: [child.digest] });
    expect((await remove({ imageTag: 'amd64' })).failures).toMatchObject([{ failureCode: 'ImageReferencedByManifestList' }]);
    expect(aws.ecr.find('r', 'amd64')).toBeDefined();
  });

  test('deleting an index leaves its children as untagged orphans, which can then go', async () => {
    const { digest, childDigests } = aws.ecr.pushMultiArch('r', { tags: ['v1'] });
    await remove({ imageDigest: digest });
    expect([...aws.ecr.repository('r').images.keys()].sort()).toEqual([...childDigests].sort());
    expect((await remove(...childDigests.map((imageDigest) => ({ imageDigest })))).failures).toEqual([]);
    expect(aws.ecr.repository('r').images.size).toBe(0);
  });

  test('a child of a nested index stays until both indexes are gone', async () => {
    const { digest: inner, childDigests } = aws.ecr.pushMultiArch('r', {});
    const outer = aws.ecr.pushIndex('r', { children: [inner], tags: ['v1'] });
    expect((await remove({ imageDigest: inner })).failures).toHaveLength(1);
    await remove({ imageDigest: outer.digest });
    expect((await remove({ imageDigest: childDigests[0] })).failures).toHaveLength(1);
    await remove({ imageDigest: inner });
    expect((await remove({ imageDigest: childDigests[0] })).failures).toEqual([]);
  });

  test('more than 100 images at once are refused', async () => {
    aws.ecr.createRepository('r');
    await expect(remove(...Array.from({ length: 101 }, (_, i) => ({ imageDigest: sha256(String(i)) })))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

test('each account and region has a registry of its own, in each partition under its own name', async () => {
  aws.at('444455556666', 'eu-west-1').ecr.pushImage('r');
  expect(aws.ecr.repositories.size).toBe(0);
  const china = await startLocalAws({ partition: 'aws-cn', region: 'cn-north-1' });
  expect(china.ecr.createRepository('r').uri).toBe('111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/r');
  await china.stop();
});
