import { digest, fallbackTag, manifest } from './builders';
import { buildGraph, deletionLevels } from '../../../src/engine/plan/graph';
import { fallbackSubject } from '../../../src/engine/plan/media-types';

test('deletion goes from outer indexes to inner ones, to images, to what referred to them', () => {
  const manifests = [
    manifest('outer', { children: ['inner', 'plain'] }), manifest('inner', { children: ['deep'] }), manifest('deep'), manifest('plain'),
    manifest('signature', { subject: 'deep' }), manifest('signature-of-outer', { tags: [fallbackTag('outer', '.sig')] }),
  ];
  const levels = deletionLevels(buildGraph(manifests), new Set(manifests.map((entry) => entry.digest)));
  const names = new Map(['outer', 'inner', 'deep', 'plain', 'signature', 'signature-of-outer'].map((name) => [digest(name), name]));
  expect(levels.map((level) => level.map((entry) => names.get(entry)).sort())).toEqual([
    ['outer'], ['inner', 'plain', 'signature-of-outer'], ['deep'], ['signature'],
  ]);
});

test('no level holds a manifest and its parent or subject', () => {
  const manifests = [manifest('a', { children: ['b', 'c'] }), manifest('b', { children: ['c'] }), manifest('c'), manifest('s', { subject: 'b' })];
  const graph = buildGraph(manifests);
  for (const level of deletionLevels(graph, new Set(manifests.map((entry) => entry.digest)))) {
    for (const entry of level) {
      const node = graph.nodes.get(entry)!;
      for (const before of [...node.parents, ...node.subjects]) expect(level).not.toContain(before.manifest.digest);
    }
  }
});

test.each([
  ['sha256-' + 'a'.repeat(64), 'sha256:' + 'a'.repeat(64)],
  ['sha256-' + 'a'.repeat(64) + '.sig', 'sha256:' + 'a'.repeat(64)],
  ['sha256-' + 'a'.repeat(64) + '.att', 'sha256:' + 'a'.repeat(64)],
  ['sha256-' + 'a'.repeat(64) + '.sbom', 'sha256:' + 'a'.repeat(64)],
  ['sha256-' + 'a'.repeat(63), undefined],
  ['sha256-' + 'A'.repeat(64), undefined],
  ['v1', undefined],
])('the fallback tag %s refers to %s', (tag, expected) => {
  expect(fallbackSubject(tag)).toBe(expected);
});
