import { createHash } from 'node:crypto';
import { matchesAny } from '../../contract/patterns';
import type { Reason } from '../../contract/report';
import type { Catalogue, Usage } from '../model';
import { planRepository, type PlannedImage, type PlannedRepository } from './repository';
import type { Protection, RuleInForce } from './types';

export interface Plan {
  /** By name. */
  readonly repositories: readonly PlannedRepository[];
  /** Identifies the set of images that would be retired; undefined when there are none. */
  readonly hash?: string;
}

export interface PlanInput {
  readonly catalogue: Catalogue;
  readonly usage: Usage;
  readonly rules: readonly RuleInForce[];
  readonly protection: Protection;
  readonly now: number;
  readonly safetyAge: number;
  /** By image ID, what an interrupted sweep left over and the roots that it belonged to. */
  readonly leftovers: ReadonlyMap<string, readonly string[]>;
}

/** The plan of one run. Pure: the same input gives the same plan, to the byte. */
export function makePlan(input: PlanInput): Plan {
  const incomplete = incompleteReasons(input.catalogue, input.usage);
  const repositories: PlannedRepository[] = [];
  for (const repository of [...input.catalogue.repositories].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const rule = ruleFor(input.rules, repository.name);
    if (!rule) continue;
    const leftovers = new Map<string, readonly string[]>();
    for (const { digest } of repository.manifests) {
      const roots = input.leftovers.get(imageId(repository.name, digest));
      if (roots) leftovers.set(digest, roots);
    }
    repositories.push(planRepository({
      repository,
      rule,
      leftovers,
      incomplete: [...incomplete, ...doubtsAbout(repository.name, input.usage)],
      protection: input.protection,
      now: input.now,
      safetyAge: input.safetyAge,
    }));
  }
  return { repositories, hash: hashPlan(repositories) };
}

/** The first rule that selects the repository decides. */
export function ruleFor(rules: readonly RuleInForce[], repository: string): RuleInForce | undefined {
  return rules.find((rule) => matchesAny(rule.repositories, repository));
}

export function imageId(repository: string, digest: string): string {
  return `${repository}@${digest}`;
}

/** The images that the plan retires. */
export function retired(repository: PlannedRepository): PlannedImage[] {
  return repository.images.filter((image) => image.verdict === 'delete');
}

export function retiredIds(repositories: readonly PlannedRepository[]): string[] {
  return repositories.flatMap((repository) => retired(repository).map((image) => imageId(repository.name, image.manifest.digest))).sort();
}

/** One source that was not read whole makes the usage of the account and region uncertain: any image could be what it would have named. */
function incompleteReasons(catalogue: Catalogue, usage: Usage): Reason[] {
  const reasons: Reason[] = [];
  for (const source of usage.sources) {
    if (source.enabled && source.problems.length > 0) {
      reasons.push({ code: 'usage-incomplete', text: `${source.source} was not read whole: ${source.problems[0]!.text}` });
    }
  }
  for (const problem of catalogue.problems) reasons.push({ code: 'catalogue-incomplete', text: problem.text });
  return reasons;
}

/** Something uses an image of the repository, and which one cannot be told: it could be any of them. */
function doubtsAbout(repository: string, usage: Usage): Reason[] {
  return usage.sources
    .filter(({ enabled }) => enabled)
    .flatMap(({ doubts }) => doubts)
    .filter((doubt) => doubt.repository === repository)
    .map(({ text }): Reason => ({ code: 'usage-incomplete', text }));
}

function hashPlan(repositories: readonly PlannedRepository[]): string | undefined {
  const ids = retiredIds(repositories);
  return ids.length === 0 ? undefined : createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 16);
}
