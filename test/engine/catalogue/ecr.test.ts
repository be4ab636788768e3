import { createHash } from 'node:crypto';
import { BatchGetImageCommand, DescribeImagesCommand, type ImageDetail } from '@aws-sdk/client-ecr';
import type { Clients } from '../../../src/engine/aws/clients';
import { AwsCallError } from '../../../src/engine/aws/problems';
import { readRepository } from '../../../src/engine/catalogue/ecr';
import { IndexCache } from '../../../src/engine/catalogue/index-cache';
import { parseIndex } from '../../../src/engine/catalogue/parse-index';
import { memoryRecord } from '../../../src/engine/record';
import { digest, IMAGE_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../plan/builders';

const identity = { partition: 'aws', account: '111122223333', region: 'us-east-1' };
const image = (name: string, more: Partial<ImageDetail> = {}): ImageDetail => ({
  imageDigest: digest(name), imagePushedAt: new Date(0), imageManifestMediaType: OCI_MANIFEST, artifactMediaType: IMAGE_CONFIG, imageStatus: 'ACTIVE', ...more,
});
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** ECR as scripted: pages of details, and what BatchGetImage says. */
function read(pages: ImageDetail[][] | Error, batch: (digests: string[]) => unknown = () => ({}), indexes = new IndexCache()) {
  const asked: unknown[] = [];
  const send = async (command: DescribeImagesCommand | BatchGetImageCommand) => {
    asked.push(command.input);
    if (command instanceof BatchGetImageCommand) return batch(command.input.imageIds!.map(({ imageDigest }) => imageDigest!));
    if (pages instanceof Error) throw pages;
    const page = Number(command.input.nextToken ?? 0);
    return { imageDetails: pages[page], nextToken: page + 1 < pages.length ? String(page + 1) : undefined };
  };
  return { asked, repository: readRepository({ clients: { ecr: { send } } as unknown as Clients, identity, indexes }, 'web') };
}

test('all pages are read, in the largest size, and with what is archived', async () => {
  const { asked, repository } = read([[image('a')], [image('b', { imageStatus: 'ARCHIVED' })], [image('c')]]);
  expect((await repository)!.manifests.map(({ digest: d, status }) => [d, status])).toEqual([
    [digest('a'), 'ACTIVE'], [digest('b'), 'ARCHIVED'], [digest('c'), 'ACTIVE'],
  ]);
  expect(asked[0]).toMatchObject({ maxResults: 1000, filter: { imageStatus: 'ANY' } });
});

test('a repository that is gone is gone; any other failure is a problem', async () => {
  const failure = (code: string) => new AwsCallError('ECR', 'DescribeImages', code, `ECR DescribeImages: ${code}`, 'failed');
  expect(await read(failure('RepositoryNotFoundException')).repository).toBeUndefined();
  for (const code of ['ServerException', 'InvalidParameterException', 'ECONNRESET']) {
    expect(await read(failure(code)).repository).toMatchObject({ manifests: [], problems: [{ text: `ECR DescribeImages: ${code}` }] });
  }
});

test.each<[string, ImageDetail[], RegExp]>([
  ['a tag on two images', [image('a', { imageTags: ['v1'] }), image('b', { imageTags: ['v1'] })], /tag v1 was described on two images/],
  ['an image that is described twice, and differently', [image('a'), image('a', { imageTags: ['v1'] })], /was described twice, and differently/],
  ['an image without a digest', [image('a', { imageDigest: undefined })], /without its digest/],
  ['an image without a push time', [image('a', { imagePushedAt: undefined })], /without its push time/],
  ['an image with a push time that is no time', [image('a', { imagePushedAt: new Date(NaN) })], /without its push time/],
])('%s is a problem of the repository', async (_name, details, text) => {
  expect((await read([details]).repository)!.problems).toEqual([{ text: expect.stringMatching(text) }]);
});

test('the same image on two pages, because another was pushed meanwhile, is no problem', async () => {
  expect(await read([[image('a')], [image('a')]]).repository).toMatchObject({ manifests: [{ digest: digest('a') }], problems: [] });
});

test('a status that nobody knows is unknown, and a media type that is missing is too', async () => {
  const [odd] = (await read([[image('a', { imageStatus: 'FROZEN' as never, imageManifestMediaType: undefined })]]).repository)!.manifests;
  expect(odd).toMatchObject({ status: 'UNKNOWN', mediaType: 'unknown' });
});

describe('an index', () => {
  const text = JSON.stringify({ manifests: [{ digest: digest('child') }] });
  const index: ImageDetail = { ...image('i'), imageDigest: sha256(text), imageManifestMediaType: OCI_INDEX };
  const answer = (manifest: string) => () => ({ images: [{ imageId: { imageDigest: sha256(text) }, imageManifest: manifest }] });

  test('is read with all media types accepted', async () => {
    const { asked, repository } = read([[index]], answer(text));
    expect((await repository)!.manifests[0]!.children).toEqual({ digests: [digest('child')] });
    expect((asked[1] as { acceptedMediaTypes: string[] }).acceptedMediaTypes).toContain(OCI_INDEX);
  });

  test('that ECR does not return is a problem of the reading', async () => {
    expect((await read([[index]], () => ({})).repository)!.problems).toEqual([{ text: expect.stringContaining('could not be read (ECR did not return it)') }]);
  });

  test('that was deleted between the two calls is looked for again', async () => {
    let calls = 0;
    const { asked, repository } = read([[index]], () => (++calls === 1
      ? { failures: [{ imageId: { imageDigest: sha256(text) }, failureCode: 'ImageNotFound' }] }
      : answer(text)()));
    expect((await repository)!.problems).toEqual([]);
    expect(asked).toHaveLength(4);
  });

  test('that ECR keeps describing but never finds is a problem', async () => {
    const { repository } = read([[index]], () => ({ failures: [{ imageId: { imageDigest: sha256(text) }, failureCode: 'ImageNotFound' }] }));
    expect((await repository)!.problems).toHaveLength(1);
  });

  test('whose manifest is another than its digest says has unknown children', async () => {
    const { manifests, problems } = (await read([[index]], answer('{"manifests":[]}')).repository)!;
    expect(manifests[0]!.children).toEqual({ unreadable: 'the manifest does not match its digest' });
    expect(problems).toEqual([]);
  });

  test('is read once: the record keeps its manifest, as long as the repository has it', async () => {
    const record = memoryRecord();
    await read([[index]], answer(text), new IndexCache(record)).repository;
    const second = read([[index]], answer(text), new IndexCache(record));
    expect((await second.repository)!.manifests[0]!.children).toEqual({ digests: [digest('child')] });
    expect(second.asked).toHaveLength(1);
    const other = JSON.stringify({ manifests: [] });
    const replaced: ImageDetail = { ...index, imageDigest: sha256(other) };
    const images = [{ imageId: { imageDigest: sha256(other) }, imageManifest: other }];
    await read([[replaced]], () => ({ images }), new IndexCache(record)).repository;
    expect(Object.keys(JSON.parse((await record.read('cache/indexes/web.json'))!.body).manifests)).toEqual([sha256(other)]);
  });

  test.each([['no manifest', undefined], ['HTML', '<html>'], ['null', 'null'], ['no list', '{}'], ['a list of something else', '{"manifests":[1]}'], ['a child without a digest', '{"manifests":[{"digest":"latest"}]}']])('of %s cannot be parsed', (_name, content) => {
    expect(parseIndex(content === undefined ? 'sha256:0' : sha256(content), content)).toHaveProperty('unreadable');
  });

  test.each([undefined, 'not JSON', '{"version":2,"manifests":{}}', '{"version":1,"manifests":null}', '{"version":1,"manifests":{"sha256:0":7}}', 'null'])('is read from ECR when the record has %s', async (body) => {
    const record = memoryRecord();
    if (body !== undefined) await record.write('cache/indexes/web.json', body);
    const { asked, repository } = read([[index]], answer(text), new IndexCache(record));
    expect((await repository)!.manifests[0]!.children).toEqual({ digests: [digest('child')] });
    expect(asked).toHaveLength(2);
  });
});
