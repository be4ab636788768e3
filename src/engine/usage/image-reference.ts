/** Reads what consumers name: any string that Docker, ECS or Lambda takes for an image. */
import type { ImageTarget } from '../model';

/** Why a string names no image. Never the same as "names nothing": whoever named it uses something. */
export interface Unparsable {
  readonly kind: 'unparsable';
  readonly reason: string;
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const IPV6_HOST = /^\[[0-9a-f:.]+\]$/;
/**
 * By shape, not from a list of suffixes: a partition that was not thought of must not read as another registry. Dual-stack hosts have
 * a hyphen (`dkr-ecr`), FIPS ones a suffix (`ecr-fips`); account and region stand in the same place in all of them.
 */
const ECR_HOST = /^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z]{2,}(?:-[a-z0-9]+)+)\.[a-z0-9.-]+$/;
const ECR_LOOKALIKE = /(?:^|\.)dkr[.-]ecr(?:[.-]|$)/;

/** Whether it is a digest as ECR writes it. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Resolves the name of an image as far as the name itself goes. */
export function parseImageReference(text: string): ImageTarget | Unparsable {
  const trimmed = text.trim();
  if (trimmed === '') return unparsable('it is empty');
  if (/\s/.test(trimmed)) return unparsable('it has white space in it');
  // An image's own digest, without a repository.
  if (isDigest(trimmed.toLowerCase())) return { kind: 'digest', digest: trimmed.toLowerCase() };

  const [name, digestPart, ...more] = trimmed.replace(/^(?:https?|docker):\/\//i, '').split('@');
  if (name === undefined || more.length > 0) return unparsable('it has more than one "@" in it');
  const digest = digestPart?.toLowerCase();
  if (digest !== undefined && !isDigest(digest)) return unparsable(`"${digestPart}" is no digest`);

  const { host, rest } = splitHost(name);
  const colon = rest.indexOf(':');
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (!REPOSITORY.test(repository) || repository.length > 256) return unparsable(`"${repository}" is no repository name`);
  if (tag !== undefined && !TAG.test(tag)) return unparsable(`"${tag}" is no tag`);
  if (host === undefined) return { kind: 'elsewhere' };

  const bare = hostWithoutPort(host);
  if (bare === undefined) return unparsable(`"${host}" is no registry host`);
  const ecr = ECR_HOST.exec(bare);
  if (!ecr) {
    if (ECR_LOOKALIKE.test(bare)) return unparsable(`"${host}" looks like an ECR registry, but its account and region cannot be told`);
    return { kind: 'elsewhere' };
  }
  return {
    kind: 'repository',
    registry: ecr[1]!,
    region: ecr[2]!,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest !== undefined ? { digest } : {}),
  };
}

/** As Docker does: the first component is a host if it could not be the first part of a Docker Hub name. */
function splitHost(name: string): { readonly host?: string; readonly rest: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? name : name.slice(0, slash);
  // A registry without a repository must not pass for an image of Docker Hub.
  if (ECR_LOOKALIKE.test(first.toLowerCase())) return { host: first, rest: slash < 0 ? '' : name.slice(slash + 1) };
  if (slash < 0 || !(/[.:]/.test(first) || first.toLowerCase() === 'localhost')) return { rest: name };
  return { host: first, rest: name.slice(slash + 1) };
}

/** In lower case: host names know no case. Undefined for what is no host. */
function hostWithoutPort(host: string): string | undefined {
  const bare = host.toLowerCase().replace(/:[0-9]{1,5}$/, '').replace(/\.$/, '');
  return HOST.test(bare) || IPV6_HOST.test(bare) ? bare : undefined;
}

function unparsable(reason: string): Unparsable {
  return { kind: 'unparsable', reason };
}
