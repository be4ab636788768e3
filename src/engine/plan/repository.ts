import { buildGraph, descendants, ordinaryTags, type Graph, type GraphNode } from './graph';
import { couldHaveChildren, isContainerImage, isKnown } from './media-types';
import type { Protection, ProtectingReference, RuleInForce } from './types';
import { matchesAny } from '../../contract/patterns';
import type { Reason, Verdict } from '../../contract/report';
import { words } from '../duration';
import type { Manifest, Repository } from '../model';

/** What the plan says of one manifest. */
export interface PlannedImage {
  readonly manifest: Manifest;
  readonly role: 'root' | 'child' | 'referrer';
  readonly roots: readonly string[];
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly references: readonly ProtectingReference[];
}

export interface PlannedRepository {
  readonly name: string;
  readonly rule: string;
  readonly graph: Graph;
  /** Newest first, then by digest. */
  readonly images: readonly PlannedImage[];
}

export interface RepositoryPlanInput {
  readonly repository: Repository;
  readonly rule: RuleInForce;
  readonly protection: Protection;
  /** Reasons to hold everything that would be retired: sources of usage, or of the catalogue, that were not read whole. */
  readonly incomplete: readonly Reason[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly safetyAge: number;
  /** Digests that an interrupted sweep was about to delete, with the roots that they belonged to. */
  readonly leftovers: ReadonlyMap<string, readonly string[]>;
}

/** The verdict on every manifest of one repository. Pure. */
export function planRepository(input: RepositoryPlanInput): PlannedRepository {
  const graph = buildGraph(input.repository.manifests);
  const newest = newestFirst(graph.roots.filter(isTagged));
  // An untagged index over tagged images is a tagged image to those who use the tags, but it must not take the place of one that bears a
  // tag itself: so the newest of either sort stay.
  const bearers = newest.filter((root) => ordinaryTags(root.manifest).length > 0);
  const latest = new Set([newest, bearers].flatMap((roots) => withinLatest(roots, input.rule.keepLatest)));
  // "The last tagged image stays" means the newest that can be run, whatever becomes of the others: were it kept only for want of
  // others, then using one of those would retire it.
  const last = new Set([newest, bearers].map((roots) => roots.find(canBeRun)));
  const holdAll = repositoryHolds(input, graph);

  const decisions = new Map<GraphNode, { verdict: Verdict; reasons: Reason[] }>();
  for (const root of graph.roots) {
    const keep = keepReasons(root, graph, input, latest, last);
    if (keep.length > 0) {
      decisions.set(root, { verdict: 'keep', reasons: keep });
      continue;
    }
    const hold = [...holdAll, ...holdReasons(root, graph, isLeftover(root, graph, input))];
    decisions.set(root, hold.length > 0 ? { verdict: 'hold', reasons: hold } : { verdict: 'delete', reasons: [expiredReason(root, graph, input)] });
  }

  const staying = new Map<GraphNode, 'keep' | 'hold'>();
  for (const [root, { verdict }] of decisions) {
    if (verdict === 'delete') continue;
    for (const member of root.closure) if (verdict === 'keep' || !staying.has(member)) staying.set(member, verdict === 'keep' ? 'keep' : 'hold');
  }

  const images = [...graph.nodes.values()].map((node): PlannedImage => {
    const decision = decisions.get(node) ?? followingDecision(node, graph, staying);
    return {
      manifest: node.manifest,
      role: decisions.has(node) ? 'root' : node.parents.length > 0 ? 'child' : 'referrer',
      roots: node.roots.map((root) => root.manifest.digest),
      verdict: decision.verdict,
      reasons: decision.reasons,
      references: input.protection.of(input.repository.name, node.manifest.digest),
    };
  });
  images.sort((a, b) => b.manifest.pushedAt - a.manifest.pushedAt || (a.manifest.digest < b.manifest.digest ? -1 : 1));
  return { name: input.repository.name, rule: input.rule.name, graph, images };
}

/** Every reason for which a root stays, whatever its age. */
function keepReasons(
  root: GraphNode,
  graph: Graph,
  input: RepositoryPlanInput,
  latest: ReadonlySet<GraphNode>,
  last: ReadonlySet<GraphNode | undefined>,
): Reason[] {
  const { rule, now } = input;
  const reasons: Reason[] = [];
  const members = [...root.closure];

  const references = members.flatMap((member) => input.protection.of(input.repository.name, member.manifest.digest));
  if (references.length > 0) reasons.push({ code: 'referenced', text: describeReferences(references) });

  const tags = members.flatMap((member) => member.manifest.tags);
  const kept = tags.filter((tag) => matchesAny(rule.keepTags, tag));
  if (kept.length > 0) reasons.push({ code: 'keep-tag', text: `tag ${[...new Set(kept)].sort().join(', ')} matches keepTags` });

  if (latest.has(root)) reasons.push({ code: 'keep-latest', text: `one of the ${rule.keepLatest} newest tagged images` });
  else if (last.has(root)) reasons.push({ code: 'last-tagged-image', text: 'the newest tagged image that can be run: a repository never loses its last' });

  // A child can be younger than its index: the same child may just have been pushed again for an index that is still to come. And what
  // refers to the image counts when somebody gave it a tag of its own.
  const made = descendants(root);
  const age = now - newestOf(members.filter((node) => made.has(node) || ordinaryTags(node.manifest).length > 0));
  const orphan = root.orphanedReferrer && ordinaryTags(root.manifest).length === 0;
  const leftover = isLeftover(root, graph, input);
  if (orphan && !leftover) {
    reasons.push({ code: 'orphaned-referrer', text: 'refers to an image that is gone; no rule is set for such' });
  } else if (!leftover) {
    const [limit, name] = isTagged(root) ? [rule.expireAfter, 'expireAfter'] : [rule.expireUntaggedAfter, 'expireUntaggedAfter'];
    if (!(age > limit)) reasons.push({ code: 'not-expired', text: `pushed within ${name} (${words(limit)})` });
  }
  if (!(now - newestOf(members) > input.safetyAge)) reasons.push({ code: 'safety-age', text: `younger than the safety age (${words(input.safetyAge)})` });
  return reasons;
}

/** What makes a single root uncertain. */
function holdReasons(root: GraphNode, graph: Graph, leftover: boolean): Reason[] {
  const reasons: Reason[] = [];
  const made = descendants(root);
  for (const node of root.closure) {
    const { digest, mediaType, artifactType, status } = node.manifest;
    const which = node === root ? 'its' : `${short(digest)}: the`;
    if (!isKnown(mediaType)) {
      reasons.push({ code: 'unknown-media-type', text: `${which} media type ${mediaType} is not known` });
    } else if (node === root && !leftover && !isContainerImage(mediaType, artifactType)) {
      // Only of the root: what refers to an image (a signature, an SBOM) may be of any type, and follows its subject.
      reasons.push({ code: 'unknown-artifact-type', text: `artefact type ${artifactType} is no container image` });
    }
    if (status !== 'ACTIVE') reasons.push({ code: 'not-active', text: `${which} status is ${status}` });
    if (made.has(node) && node.missingChildren.length > 0) {
      reasons.push({ code: 'missing-child', text: `${which} index lists ${node.missingChildren.map(short).join(', ')}, which the repository does not have` });
    }
    if (graph.circular.has(node)) reasons.push({ code: 'contradictory-graph', text: `${short(digest)} is part of a circle of manifests that refer to each other` });
  }
  return reasons;
}

/** What makes every retirement in the repository uncertain. */
function repositoryHolds(input: RepositoryPlanInput, graph: Graph): Reason[] {
  const reasons = [...input.incomplete];
  for (const problem of input.repository.problems) reasons.push({ code: 'catalogue-incomplete', text: problem.text });
  for (const { manifest } of graph.nodes.values()) {
    if (manifest.children && 'unreadable' in manifest.children) {
      reasons.push({ code: 'unreadable-index', text: `the children of index ${short(manifest.digest)} are unknown: ${manifest.children.unreadable}` });
    } else if (!manifest.children && couldHaveChildren(manifest.mediaType)) {
      reasons.push({ code: 'unknown-media-type', text: `${short(manifest.digest)} may list others: its media type ${manifest.mediaType} is not known` });
    }
  }
  return reasons;
}

/** It and all that it is made of are there, and it is no artefact. */
function canBeRun(root: GraphNode): boolean {
  return isContainerImage(root.manifest.mediaType, root.manifest.artifactType) && [...descendants(root)].every(({ manifest, missingChildren }) => (
    manifest.status === 'ACTIVE' && missingChildren.length === 0 && !(manifest.children && 'unreadable' in manifest.children)
  ));
}

function newestFirst(nodes: readonly GraphNode[]): GraphNode[] {
  return [...nodes].sort((a, b) => b.manifest.pushedAt - a.manifest.pushedAt || (a.manifest.digest < b.manifest.digest ? -1 : 1));
}

/** The newest `count`; those pushed at the very same time as the last of them stay too, because none of them is the newer. */
function withinLatest(newest: readonly GraphNode[], count: number): GraphNode[] {
  const last = newest[count - 1];
  return newest.filter((root, index) => index < count || (last !== undefined && root.manifest.pushedAt === last.manifest.pushedAt));
}

/** A manifest that is no root goes only when all of the roots that hold it go. */
function followingDecision(node: GraphNode, graph: Graph, staying: ReadonlyMap<GraphNode, 'keep' | 'hold'>): { verdict: Verdict; reasons: Reason[] } {
  if (node.roots.length === 0) {
    const where = graph.circular.has(node) ? 'part of a circle of manifests that refer to each other' : 'no root holds it';
    return { verdict: 'hold', reasons: [{ code: 'contradictory-graph', text: where }] };
  }
  const roots = node.roots.map((root) => short(root.manifest.digest)).join(', ');
  const stay = staying.get(node);
  if (stay === 'keep') return { verdict: 'keep', reasons: [{ code: 'kept-by-parent', text: `belongs to ${roots}` }] };
  if (stay === 'hold') return { verdict: 'hold', reasons: [{ code: 'held-by-parent', text: `belongs to ${roots}` }] };
  return { verdict: 'delete', reasons: [{ code: 'parent-expired', text: `belongs to ${roots}` }] };
}

function expiredReason(root: GraphNode, graph: Graph, input: RepositoryPlanInput): Reason {
  const { rule } = input;
  if (isLeftover(root, graph, input)) return { code: 'expired', text: 'belonged to an image that an interrupted run deleted' };
  return isTagged(root)
    ? { code: 'expired', text: `pushed more than expireAfter (${words(rule.expireAfter)}) ago and not among the ${rule.keepLatest} newest tagged images` }
    : { code: 'expired-untagged', text: `untagged, and pushed more than expireUntaggedAfter (${words(rule.expireUntaggedAfter)}) ago` };
}

/** When the youngest was pushed, or came back from the archive. */
function newestOf(nodes: readonly GraphNode[]): number {
  return Math.max(...nodes.map(({ manifest }) => Math.max(manifest.pushedAt, manifest.activatedAt ?? manifest.pushedAt)));
}

/** Whether somebody named it: the root, or any image that it is made of. */
function isTagged(root: GraphNode): boolean {
  return [...descendants(root)].some((node) => ordinaryTags(node.manifest).length > 0);
}

/**
 * Whether an interrupted sweep took its roots away and left it alone. A tag that was given since shows that somebody wants it: then it
 * is an image like any other.
 */
function isLeftover(root: GraphNode, graph: Graph, input: RepositoryPlanInput): boolean {
  const roots = input.leftovers.get(root.manifest.digest);
  return roots !== undefined && roots.length > 0 && roots.every((digest) => !graph.nodes.has(digest)) && !isTagged(root);
}

function describeReferences(references: readonly ProtectingReference[]): string {
  const [first] = references;
  const more = references.length - 1;
  return `used by ${first!.reference.consumerKind} ${first!.reference.consumer}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Enough of a digest for a person. */
export function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
