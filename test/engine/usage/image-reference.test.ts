import * as fc from 'fast-check';
import { digest } from './world';
import { parseImageReference } from '../../../src/engine/usage/image-reference';

const A = digest('a');
const ACCOUNT = '111122223333';

function inEcr(region: string, rest: object) {
  return { kind: 'repository', registry: ACCOUNT, region, ...rest };
}

describe('hosts of ECR', () => {
  test.each([
    ['the commercial partition', `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`, 'eu-west-1'],
    ['FIPS', `${ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'us-east-1'],
    ['China', `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'cn-north-1'],
    ['GovCloud', `${ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com`, 'us-gov-west-1'],
    ['the European Sovereign Cloud', `${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'eusc-de-east-1'],
    ['ISO', `${ACCOUNT}.dkr.ecr.us-iso-east-1.c2s.ic.gov`, 'us-iso-east-1'],
    ['ISO B', `${ACCOUNT}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`, 'us-isob-east-1'],
    ['ISO E', `${ACCOUNT}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`, 'eu-isoe-west-1'],
    ['ISO F', `${ACCOUNT}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`, 'us-isof-south-1'],
    ['dual-stack', `${ACCOUNT}.dkr-ecr.eu-west-1.on.aws`, 'eu-west-1'],
    ['dual-stack with FIPS', `${ACCOUNT}.dkr-ecr-fips.us-east-1.on.aws`, 'us-east-1'],
    ['dual-stack in China', `${ACCOUNT}.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn`, 'cn-northwest-1'],
    ['a partition that nobody thought of', `${ACCOUNT}.dkr.ecr.xx-moon-1.aws.example`, 'xx-moon-1'],
  ])('an image is found by the host of %s', (_partition, host, region) => {
    expect(parseImageReference(`${host}/team/web:v1`)).toEqual(inEcr(region, { repository: 'team/web', tag: 'v1' }));
  });

  test.each([
    ['an account that is none', '12345.dkr.ecr.eu-west-1.amazonaws.com/web'],
    ['no account', 'vpce-0a1b.dkr.ecr.eu-west-1.vpce.amazonaws.com/web'],
    ['no region', `${ACCOUNT}.dkr.ecr.amazonaws.com/web`],
    ['no repository', `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`],
    ['an empty repository', `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/`],
  ])('a host that looks like ECR but has %s is never taken for elsewhere', (_what, text) => {
    expect(parseImageReference(text)).toMatchObject({ kind: 'unparsable' });
  });
});

describe('names', () => {
  const host = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;

  test.each([
    ['neither tag nor digest means latest', 'web', { repository: 'web', tag: 'latest' }],
    ['a tag', 'web:v1', { repository: 'web', tag: 'v1' }],
    ['a digest', `web@${A}`, { repository: 'web', digest: A }],
    ['a tag and a digest', `web:v1@${A}`, { repository: 'web', tag: 'v1', digest: A }],
    ['a namespace with slashes', 'a/b-c/d_e/f.g:v1', { repository: 'a/b-c/d_e/f.g', tag: 'v1' }],
    ['a digest in upper case', `web@${A.toUpperCase()}`, { repository: 'web', digest: A }],
  ])('%s', (_form, rest, expected) => {
    expect(parseImageReference(`${host}/${rest}`)).toEqual(inEcr('eu-west-1', expected));
  });

  test.each([
    ['a host in upper case', `${host.toUpperCase()}/web:v1`],
    ['a scheme', `https://${host}/web:v1`],
    ['white space around', `  ${host}/web:v1\n`],
    ['a port', `${host}:443/web:v1`],
    ['a host that ends in a dot', `${host}./web:v1`],
  ])('%s makes no difference', (_form, text) => {
    expect(parseImageReference(text)).toEqual(inEcr('eu-west-1', { repository: 'web', tag: 'v1' }));
  });

  test.each([
    'nginx', 'nginx:1.27', `library/nginx@${A}`, 'docker.io/library/nginx', 'public.ecr.aws/docker/library/nginx:latest',
    'registry.example.com:5000/team/web:v1', 'localhost:5000/web', 'localhost/web', '127.0.0.1:5000/web', '[::1]:5000/web', 'ghcr.io/owner/name:sha-1234567',
  ])('%s is elsewhere', (text) => {
    expect(parseImageReference(text)).toEqual({ kind: 'elsewhere' });
  });

  test('a digest alone protects wherever it is', () => {
    expect(parseImageReference(A)).toEqual({ kind: 'digest', digest: A });
  });

  test.each([
    '', '   ', 'web:', 'web@', 'web@sha256:abc', `web@${A}0`, `web@${A}@${A}`, `web@md5:${'a'.repeat(32)}`, 'we b', 'web:v 1', '<IMAGE1_NAME>', 'Web', '/web', 'web/',
    'a//b', 'web:-v1', `web:${'v'.repeat(129)}`, 'exa mple.com/web', 'exa_mple.com/web', 'web:v1:v2', '${IMAGE}', 'arn:aws:ecr:eu-west-1:111122223333:repository/web',
    `${host}/Web:v1`, `${host}/${'a'.repeat(257)}`,
  ])('"%s" is not parsable, and never reads as nothing', (text) => {
    expect(parseImageReference(text)).toMatchObject({ kind: 'unparsable', reason: expect.any(String) });
  });
});

describe('properties', () => {
  const account = fc.stringMatching(/^[0-9]{12}$/);
  const region = fc.constantFrom('eu-west-1', 'us-gov-east-1', 'cn-north-1', 'us-isob-east-1', 'ap-southeast-7', 'eusc-de-east-1');
  const suffix = fc.constantFrom('amazonaws.com', 'amazonaws.com.cn', 'amazonaws.eu', 'c2s.ic.gov', 'on.aws', 'on.amazonwebservices.com.cn', 'unheard.of');
  const service = fc.constantFrom('dkr.ecr', 'dkr.ecr-fips', 'dkr-ecr', 'dkr-ecr-fips');
  const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,2}$/);
  const repository = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
  const hash = fc.option(fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`), { nil: undefined });

  test('every form of reference resolves to exactly the parts that it was made of', () => {
    fc.assert(fc.property(account, service, region, suffix, repository, tag, hash, (registry, dkr, at, end, name, aTag, aDigest) => {
      const text = `${registry}.${dkr}.${at}.${end}/${name}${aTag === undefined ? '' : `:${aTag}`}${aDigest === undefined ? '' : `@${aDigest}`}`;
      const expectedTag = aTag ?? (aDigest === undefined ? 'latest' : undefined);
      expect(parseImageReference(text)).toEqual({
        kind: 'repository',
        registry,
        region: at,
        repository: name,
        ...(expectedTag === undefined ? {} : { tag: expectedTag }),
        ...(aDigest === undefined ? {} : { digest: aDigest }),
      });
    }));
  });

  test('whatever the string is, the answer is one of the four kinds, and nothing with an ECR host is elsewhere', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (noise, ecr) => {
      const { kind } = parseImageReference(ecr ? `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/${noise}` : noise);
      expect(ecr ? ['repository', 'unparsable'] : ['repository', 'digest', 'elsewhere', 'unparsable']).toContain(kind);
    }));
  });
});
