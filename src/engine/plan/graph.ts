import { fallbackSubject } from './media-types';
import type { Manifest } from '../model';

/**
 * How the manifests of one repository hang together. A root is a manifest that is no child of an index and no referrer of a manifest
 * that is present; its closure is everything that goes, or stays, with it.
 */
export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Sorted by digest. */
  readonly roots: readonly GraphNode[];
  /** Manifests that refer to each other in a circle (fallback tags make that possible), and what hangs below those. */
  readonly circular: ReadonlySet<GraphNode>;
}

export interface GraphNode {
  readonly manifest: Manifest;
  /** Children that are present. */
  readonly children: GraphNode[];
  /** Digests that the index lists but the repository does not have. */
  readonly missingChildren: string[];
  readonly parents: GraphNode[];
  /** Present manifests that this one refers to. */
  readonly subjects: GraphNode[];
  readonly referrers: GraphNode[];
  /** Whether it refers to a manifest that is not there (any more). */
  readonly orphanedReferrer: boolean;
  /** Of a root: itself, all descendants, and everything that refers to any of them. Empty for the others. */
  readonly closure: Set<GraphNode>;
  /** The roots whose closures hold it. */
  readonly roots: GraphNode[];
}

export function buildGraph(manifests: readonly Manifest[]): Graph {
  const nodes = new Map<string, Mutable<GraphNode>>();
  for (const manifest of [...manifests].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
    nodes.set(manifest.digest, {
      manifest, children: [], missingChildren: [], parents: [], subjects: [], referrers: [], orphanedReferrer: false, closure: new Set(), roots: [],
    });
  }
  for (const node of nodes.values()) {
    for (const digest of childDigests(node.manifest)) {
      const child = nodes.get(digest);
      if (child) {
        node.children.push(child);
        child.parents.push(node);
      } else {
        node.missingChildren.push(digest);
      }
    }
    const named = subjectDigests(node.manifest);
    for (const digest of named) {
      const subject = nodes.get(digest);
      if (!subject) continue;
      node.subjects.push(subject);
      subject.referrers.push(node);
    }
    node.orphanedReferrer = named.length > 0 && node.subjects.length === 0;
  }
  const roots = [...nodes.values()].filter((node) => node.parents.length === 0 && node.subjects.length === 0);
  for (const root of roots) {
    fillClosure(root);
    for (const member of root.closure) member.roots.push(root);
  }
  return { nodes, roots, circular: findCircular(nodes.values()) };
}

/** Tags that people gave, rather than the ones by which a registry without a referrers API finds referrers. */
export function ordinaryTags(manifest: Manifest): string[] {
  return manifest.tags.filter((tag) => fallbackSubject(tag) === undefined);
}

/** A node and what it is made of: the indexes and images below it, without what merely refers to them. */
export function descendants(node: GraphNode): Set<GraphNode> {
  const found = new Set([node]);
  for (const member of found) for (const child of member.children) found.add(child);
  return found;
}

/**
 * The manifests of a set in the order in which ECR lets them go: outer indexes, inner indexes, images, then what referred to them.
 * No level holds both a manifest and its parent or subject.
 */
export function deletionLevels(graph: Graph, digests: ReadonlySet<string>): string[][] {
  const levels = new Map<string, number>();
  const level = (node: GraphNode): number => {
    const known = levels.get(node.manifest.digest);
    if (known !== undefined) return known;
    let result = 0;
    for (const before of [...node.parents, ...node.subjects]) {
      if (digests.has(before.manifest.digest)) result = Math.max(result, level(before) + 1);
    }
    levels.set(node.manifest.digest, result);
    return result;
  };
  const ordered: string[][] = [];
  for (const digest of [...digests].sort()) {
    const node = graph.nodes.get(digest);
    if (node) (ordered[level(node)] ??= []).push(digest);
  }
  return ordered.filter((entry) => entry !== undefined);
}

function childDigests(manifest: Manifest): readonly string[] {
  return manifest.children && 'digests' in manifest.children ? [...new Set(manifest.children.digests)] : [];
}

function subjectDigests(manifest: Manifest): string[] {
  const found = new Set<string>();
  if (manifest.subject) found.add(manifest.subject);
  for (const tag of manifest.tags) {
    const digest = fallbackSubject(tag);
    if (digest) found.add(digest);
  }
  return [...found];
}

function fillClosure(root: GraphNode): void {
  root.closure.add(root);
  // A set yields what is added while it is walked.
  for (const member of root.closure) {
    for (const next of member.children) root.closure.add(next);
    for (const next of member.referrers) root.closure.add(next);
  }
}

/** Takes away, again and again, what nothing that is left lists or is referred to by; what remains goes round in circles. */
function findCircular(nodes: Iterable<GraphNode>): Set<GraphNode> {
  const before = new Map<GraphNode, number>();
  for (const node of nodes) before.set(node, node.parents.length + node.subjects.length);
  const ready = [...before].filter(([, count]) => count === 0).map(([node]) => node);
  for (const node of ready) {
    before.delete(node);
    for (const after of [...node.children, ...node.referrers]) {
      const count = before.get(after)! - 1;
      before.set(after, count);
      if (count === 0) ready.push(after);
    }
  }
  return new Set(before.keys());
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
