import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import type { Outcome } from '../../contract/report';
import type { Clients } from '../aws/clients';
import { chunk } from '../aws/paginate';
import { AwsCallError } from '../aws/problems';
import type { Identity } from '../model';
import { deletionLevels, type Graph } from '../plan/graph';

export interface DeletionResult {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Why nothing may be deleted any more, of this repository or of any other. */
  readonly fatal?: unknown;
  /** A call that failed as a whole: nothing more of this repository is deleted. */
  readonly failure?: AwsCallError;
}

/** With all attempts: what was known of the usage when a call was begun must not be old when it arrives. */
const LONGEST_CALL = 60_000;

export interface DeletionInput {
  readonly clients: Clients;
  readonly identity: Identity;
  readonly repository: string;
  readonly graph: Graph;
  readonly digests: ReadonlySet<string>;
  /** The digests that the repository has now; throws when that cannot be told. */
  readonly list: () => Promise<ReadonlySet<string>>;
  /** Asked before each call: whether the time has come to stop. Throws when nothing may be deleted any more. */
  readonly mustStop: () => boolean;
}

/**
 * Deletes manifests of one repository, parents before children and subjects before referrers. What AWS refused is tried once more in
 * order. An image counts as deleted only when AWS said so, or when a listing shows it gone.
 */
export async function deleteImages(input: DeletionInput): Promise<DeletionResult> {
  const outcomes = new Map<string, Outcome>();
  let failure: AwsCallError | undefined;
  let stopped = false;
  let fatal: unknown;
  for (let attempt = 1; attempt <= 2 && !failure && !stopped; attempt += 1) {
    for (const level of deletionLevels(input.graph, input.digests)) {
      const ready = level.filter((digest) => outcomes.get(digest)?.status !== 'deleted' && isFree(input, outcomes, digest));
      for (const digests of chunk(ready, 100)) {
        try {
          stopped ||= input.mustStop();
        } catch (thrown) {
          fatal = thrown;
          stopped = true;
        }
        if (failure || stopped) break;
        failure = await deleteBatch(input, digests, outcomes);
        if (failure?.code === 'RepositoryNotFoundException') {
          for (const digest of input.digests) {
            if (outcomes.get(digest)?.status !== 'deleted') outcomes.set(digest, { status: 'dropped', text: 'the repository is gone' });
          }
          return { outcomes, fatal };
        }
      }
    }
    if (![...outcomes.values()].some(({ status }) => status === 'refused')) break;
  }
  for (const digest of input.digests) {
    if (!outcomes.has(digest)) {
      outcomes.set(digest, { status: 'not-attempted', text: failure?.message ?? (stopped ? 'the run had to stop' : 'what it belongs to could not be deleted') });
    }
  }
  return { outcomes, failure, fatal };
}

/** A child whose index stays would be an index with a hole; a signature whose image stays would be missed. */
function isFree(input: DeletionInput, outcomes: ReadonlyMap<string, Outcome>, digest: string): boolean {
  const node = input.graph.nodes.get(digest)!;
  return [...node.parents, ...node.subjects].every(({ manifest }) => outcomes.get(manifest.digest)?.status === 'deleted');
}

async function deleteBatch(input: DeletionInput, digests: readonly string[], outcomes: Map<string, Outcome>): Promise<AwsCallError | undefined> {
  const uncertain = new Set(digests);
  let failure: AwsCallError | undefined;
  try {
    const answer = await input.clients.ecr.send(new BatchDeleteImageCommand({
      registryId: input.identity.account,
      repositoryName: input.repository,
      imageIds: digests.map((imageDigest) => ({ imageDigest })),
    }), { abortSignal: AbortSignal.timeout(LONGEST_CALL) });
    for (const { imageDigest } of answer.imageIds ?? []) {
      if (!imageDigest || !uncertain.delete(imageDigest)) continue;
      outcomes.set(imageDigest, { status: 'deleted' });
    }
    for (const { imageId, failureCode, failureReason } of answer.failures ?? []) {
      const digest = imageId?.imageDigest;
      if (!digest || !digests.includes(digest)) continue;
      // Where AWS contradicts itself, the listing decides. "Not found" is what a repeated call is told of what the first one deleted.
      if (failureCode === 'ImageNotFound' || outcomes.get(digest)?.status === 'deleted') uncertain.add(digest);
      else uncertain.delete(digest);
      outcomes.set(digest, { status: 'refused', code: failureCode ?? 'Unknown', text: failureReason });
    }
  } catch (thrown) {
    if (!(thrown instanceof AwsCallError)) throw thrown;
    failure = thrown;
    for (const digest of digests) outcomes.set(digest, { status: 'refused', code: thrown.code, text: thrown.message });
    // Such a call has done nothing; of any other, the answer may merely have been lost.
    if (thrown.kind === 'denied' || thrown.code === 'RepositoryNotFoundException') return failure;
  }
  if (uncertain.size > 0) await settle(input, uncertain, outcomes);
  return failure;
}

async function settle(input: DeletionInput, uncertain: ReadonlySet<string>, outcomes: Map<string, Outcome>): Promise<void> {
  let present: ReadonlySet<string> | undefined;
  try {
    present = await input.list();
  } catch {
    present = undefined;
  }
  for (const digest of uncertain) {
    const refused = outcomes.get(digest);
    if (present && !present.has(digest)) outcomes.set(digest, { status: 'deleted', text: 'a listing shows it gone' });
    else if (refused?.status !== 'refused') outcomes.set(digest, { status: 'refused', code: 'NoAnswer', text: present ? 'AWS neither deleted nor refused it' : 'AWS did not say what became of it, and the repository could not be listed' });
  }
}
