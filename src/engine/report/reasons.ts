import type { ReasonCode, RunStatus } from '../../contract/report';

/** What a reason means, without the particulars of one image. */
export const REASONS: Readonly<Record<ReasonCode, string>> = {
  'referenced': 'something uses it',
  'keep-tag': 'a tag matches keepTags',
  'not-expired': 'pushed within expireAfter, or expireUntaggedAfter when untagged',
  'keep-latest': 'one of the newest tagged images of its repository',
  'safety-age': 'younger than the safety age, which no rule undercuts',
  'last-tagged-image': 'the repository would lose its last tagged image',
  'kept-by-parent': 'part of an image that stays',
  'orphaned-referrer': 'refers to an image that is gone; no rule is set for those',
  'usage-incomplete': 'what uses images was not read whole: something may use it',
  'catalogue-incomplete': 'its repository was not read whole',
  'unknown-media-type': 'a kind of manifest that is not known',
  'unknown-artifact-type': 'a kind of artifact that is not known',
  'unreadable-index': 'an index in its repository could not be read: its children are unknown',
  'missing-child': 'an index that names a child which is not in the repository',
  'contradictory-graph': 'manifests of its repository refer to each other in a circle',
  'not-active': 'archived, or being restored',
  'held-by-parent': 'part of an image that is held',
  'expired': 'pushed longer than expireAfter ago, and nothing else keeps it',
  'expired-untagged': 'untagged, pushed longer than expireUntaggedAfter ago, and nothing else keeps it',
  'parent-expired': 'part of images that all go',
};

export const STATUSES: Readonly<Record<RunStatus, string>> = {
  COMPLETE: 'everything was read, and everything planned was done',
  FAILED: 'something could not be done; see the errors',
  BAD_INPUT: 'the settings are wrong; nothing was read',
  INCOMPLETE: 'something that could use an image could not be read, so nothing is retired where it matters',
  PARTIAL: 'the run was stopped, or its deadline came, before it was through; the next run goes on',
};
