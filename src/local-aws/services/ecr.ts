/** The operations of Amazon ECR that concern repositories and the listing of images. */
import { imageOperations } from './ecr-images';
import type { EcrRepository } from './ecr-repository';
import { AwsError, type Call, type Handler, type Json } from '../call';
import { page, pageSize } from '../paging';
import { awsJson } from '../wire/aws-json';
import type { Service } from '../wire/protocol';

const DAY = 24 * 60 * 60 * 1000;

const operations: Record<string, Handler> = {
  ...imageOperations,

  CreateRepository({ input, region }) {
    const tags = Object.fromEntries((input.tags ?? []).map((tag: Json) => [tag.Key, tag.Value ?? '']));
    if (!/^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(String(input.repositoryName))) {
      throw new AwsError('InvalidParameterException', 'Invalid parameter at \'repositoryName\' failed to satisfy constraint: \'must satisfy regular expression \'(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*\'\'');
    }
    const repository = region.ecr.createRepository(input.repositoryName, { tagMutability: input.imageTagMutability, tags });
    return { repository: describe(repository, region.place.account) };
  },

  DescribeRepositories({ input, region }) {
    const describeOne = (repository: EcrRepository) => describe(repository, region.place.account);
    if (input.repositoryNames) {
      if (input.repositoryNames.length > 100) throw tooMany('repositoryNames');
      return { repositories: input.repositoryNames.map((name: string) => describeOne(region.ecr.repository(name))) };
    }
    const sorted = [...region.ecr.repositories.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, token } = page(sorted, (repository) => repository.name, {
      token: input.nextToken,
      size: pageSize(input.maxResults, { max: 1000, byDefault: 100 }),
    });
    return { repositories: items.map(describeOne), nextToken: token };
  },

  ListTagsForResource({ input, region }) {
    return { tags: [...byArn(input.resourceArn, region).tags].map(([Key, Value]) => ({ Key, Value })) };
  },

  TagResource({ input, region }) {
    const repository = byArn(input.resourceArn, region);
    for (const { Key, Value } of input.tags) repository.tags.set(Key, Value ?? '');
    return {};
  },

  GetAuthorizationToken({ region, at }) {
    return {
      authorizationData: [{
        authorizationToken: Buffer.from(`AWS:local-${region.place.account}`).toString('base64'),
        expiresAt: (at + DAY / 2) / 1000,
        proxyEndpoint: `https://${region.ecr.host}`,
      }],
    };
  },

  RegisterPullTimeUpdateExclusion({ input, region, at }) {
    const exclusions = region.ecr.pullTimeExclusions;
    if (exclusions.has(input.principalArn)) {
      throw new AwsError('ExclusionAlreadyExistsException', `An exclusion for the principal '${input.principalArn}' already exists`);
    }
    if (exclusions.size >= 100) throw new AwsError('LimitExceededException', 'The number of pull time update exclusions has reached its limit of 100');
    exclusions.set(input.principalArn, at);
    return { principalArn: input.principalArn, createdAt: at / 1000 };
  },
};

export const ecr: Service = {
  name: 'ECR',
  signingName: 'ecr',
  protocol: awsJson('AmazonEC2ContainerRegistry_V20150921'),
  operations,
};

function tooMany(parameter: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter at '${parameter}' failed to satisfy constraint: 'Member must have length less than or equal to 100'`);
}

function describe(repository: EcrRepository, registryId: string): Json {
  return {
    repositoryArn: repository.arn,
    registryId,
    repositoryName: repository.name,
    repositoryUri: repository.uri,
    createdAt: repository.createdAt / 1000,
    imageTagMutability: repository.tagMutability,
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  };
}

function byArn(arn: string, region: Call['region']): EcrRepository {
  const name = /^arn:[^:]+:ecr:[^:]*:\d{12}:repository\/(.+)$/.exec(arn)?.[1];
  if (!name) throw new AwsError('InvalidParameterException', 'Invalid parameter at \'resourceArn\' failed to satisfy constraint: \'Invalid ARN\'');
  return region.ecr.repository(name);
}
