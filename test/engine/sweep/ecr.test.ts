import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import type { Clients } from '../../../src/engine/aws/clients';
import { AwsCallError } from '../../../src/engine/aws/problems';
import type { Manifest } from '../../../src/engine/model';
import { buildGraph } from '../../../src/engine/plan/graph';
import { deleteImages } from '../../../src/engine/sweep/ecr';
import { digest, fallbackTag, manifest } from '../plan/builders';

/** A registry that answers as scripted, and remembers what it was asked. */
class Registry {
  readonly calls: string[][] = [];
  readonly present: Set<string>;
  constructor(manifests: readonly Manifest[], private readonly answer: (digests: string[], registry: Registry) => unknown) {
    this.present = new Set(manifests.map((entry) => entry.digest));
  }

  get clients(): Clients {
    return {
      ecr: {
        send: async (command: BatchDeleteImageCommand) => {
          const digests = command.input.imageIds!.map((id) => id.imageDigest!);
          this.calls.push(digests);
          return this.answer(digests, this);
        },
      },
    } as unknown as Clients;
  }

  remove(digests: readonly string[]): { imageIds: { imageDigest: string }[]; failures: never[] } {
    for (const entry of digests) this.present.delete(entry);
    return { imageIds: digests.map((imageDigest) => ({ imageDigest })), failures: [] };
  }
}

async function remove(manifests: readonly Manifest[], answer: (digests: string[], registry: Registry) => unknown, list?: () => Promise<Set<string>>) {
  const registry = new Registry(manifests, answer);
  const result = await deleteImages({
    clients: registry.clients,
    identity: { partition: 'aws', account: '111122223333', region: 'us-east-1' },
    repository: 'web',
    graph: buildGraph(manifests),
    digests: new Set(manifests.map((entry) => entry.digest)),
    list: list ?? (async () => registry.present),
    mustStop: () => false,
  });
  const status = (name: string) => result.outcomes.get(digest(name))?.status;
  return { registry, result, status };
}

const MULTI = [manifest('index', { tags: ['v1'], children: ['amd64'] }), manifest('amd64'), manifest('signature', { tags: [fallbackTag('index', '.sig')] })];

test('a parent and its child never share a call, and at most 100 images do', async () => {
  const many = Array.from({ length: 250 }, (_, index) => manifest(`image${index}`));
  const { registry } = await remove([...MULTI, ...many], (digests, self) => self.remove(digests));
  expect(registry.present.size).toBe(0);
  for (const call of registry.calls) {
    expect(call.length).toBeLessThanOrEqual(100);
    expect(call.includes(digest('index')) && (call.includes(digest('amd64')) || call.includes(digest('signature')))).toBe(false);
  }
});

test('the child and the signature of an index that AWS refuses are left alone', async () => {
  const { registry, status, result } = await remove(MULTI, (digests) => ({
    imageIds: [], failures: digests.map((imageDigest) => ({ imageId: { imageDigest }, failureCode: 'KmsError', failureReason: 'no key' })),
  }));
  expect([status('index'), status('amd64'), status('signature')]).toEqual(['refused', 'not-attempted', 'not-attempted']);
  expect(result.outcomes.get(digest('index'))).toMatchObject({ code: 'KmsError', text: 'no key' });
  // Once, and once more.
  expect(registry.calls).toEqual([[digest('index')], [digest('index')]]);
});

test('what was refused at first and goes at the second try counts as deleted, and so do its children', async () => {
  let calls = 0;
  const { status } = await remove(MULTI, (digests, self) => (++calls === 1
    ? { imageIds: [], failures: [{ imageId: { imageDigest: digests[0] }, failureCode: 'ImageReferencedByManifestList' }] }
    : self.remove(digests)));
  expect([status('index'), status('amd64'), status('signature')]).toEqual(['deleted', 'deleted', 'deleted']);
});

test('an image that AWS neither deleted nor refused counts as deleted only when a listing shows it gone', async () => {
  const gone = await remove([manifest('a')], (digests, self) => { self.remove(digests); return { imageIds: [], failures: [] }; });
  expect(gone.status('a')).toBe('deleted');
  const there = await remove([manifest('a')], () => ({ imageIds: [], failures: [] }));
  expect(there.result.outcomes.get(digest('a'))).toMatchObject({ status: 'refused', code: 'NoAnswer' });
  const unlisted = await remove([manifest('a')], (digests, self) => { self.remove(digests); return {}; }, async () => { throw new Error('throttled'); });
  expect(unlisted.status('a')).toBe('refused');
});

test('an answer that deletes and refuses the same image is settled by a listing', async () => {
  const answer = (digests: string[]) => ({ imageIds: [{ imageDigest: digests[0] }], failures: [{ imageId: { imageDigest: digests[0] }, failureCode: 'ImageNotFound' }] });
  expect((await remove([manifest('a')], (digests, self) => { self.remove(digests); return answer(digests); })).status('a')).toBe('deleted');
  expect((await remove([manifest('a')], answer)).status('a')).toBe('refused');
});

test('a call whose answer was lost is settled by a listing, and ends the sweep', async () => {
  const lost = new AwsCallError('ECR', 'BatchDeleteImage', 'ECONNRESET', 'connection reset', 'failed');
  const { status, result, registry } = await remove(MULTI, (digests, self) => { self.remove(digests); throw lost; });
  expect(result.failure).toBe(lost);
  expect([status('index'), status('amd64')]).toEqual(['deleted', 'not-attempted']);
  expect(registry.calls).toHaveLength(1);
});

test('a denied call deletes nothing, names the IAM action, and ends the sweep', async () => {
  const denied = new AwsCallError('ECR', 'BatchDeleteImage', 'AccessDeniedException', 'denied', 'denied', 'ecr:BatchDeleteImage');
  const { status, result, registry } = await remove(MULTI, () => { throw denied; });
  expect(result.failure?.missingAction).toBe('ecr:BatchDeleteImage');
  expect([status('index'), status('amd64')]).toEqual(['refused', 'not-attempted']);
  expect(registry.calls).toHaveLength(1);
});

test('an answer that deletes and refuses the same image, for whatever reason, is settled by a listing', async () => {
  const answer = (digests: string[]) => ({ imageIds: [{ imageDigest: digests[0] }], failures: [{ imageId: { imageDigest: digests[0] }, failureCode: 'KmsError' }] });
  expect((await remove([manifest('a')], (digests, self) => {
    self.remove(digests);
    return answer(digests);
  })).status('a')).toBe('deleted');
  expect((await remove([manifest('a')], answer)).status('a')).toBe('refused');
});
