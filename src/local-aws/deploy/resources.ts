/** Creates the resources that a run needs; every other type gets a plausible physical ID. */
import { createHash } from 'node:crypto';
import type { Json } from '../call';
import type { LocalAws } from '../local-aws';

export interface Created {
  /** What `Ref` yields. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` yields. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Creation {
  readonly aws: LocalAws;
  readonly stackName: string;
  readonly logicalId: string;
  /** Resolved. */
  readonly properties: Json;
  /** From the deployment before, when this is an update. */
  readonly before?: Created;
}

type Create = (creation: Creation) => Created;

/** `STACK-LOGICALID-HASH`, as CloudFormation names what has no name. */
function generatedName({ stackName, logicalId }: Creation, maxLength = 64): string {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 12);
  const room = maxLength - hash.length - 1;
  const half = Math.floor((room - 1) / 2);
  return `${stackName.slice(0, half)}-${logicalId.slice(0, room - 1 - Math.min(half, stackName.length))}-${hash}`;
}

const CREATE: Readonly<Record<string, Create>> = {
  'AWS::S3::Bucket'(creation) {
    const { aws, properties } = creation;
    const name = properties.BucketName ?? generatedName(creation, 63).toLowerCase();
    if (!aws.s3.all.has(name)) aws.s3.create(name, aws.account);
    return {
      physicalId: name,
      attributes: {
        Arn: `arn:${aws.partition}:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${aws.regionName}.amazonaws.com`,
      },
    };
  },

  'AWS::IAM::Role'(creation) {
    const { aws, properties } = creation;
    const name = `${(properties.Path ?? '/').slice(1)}${properties.RoleName ?? generatedName(creation)}`;
    const policies = (properties.Policies ?? []).map((policy: Json) => policy.PolicyDocument);
    const { arn } = aws.principals.addRole({ roleName: name, policies });
    return { physicalId: name.split('/').pop()!, attributes: { Arn: arn } };
  },

  'AWS::IAM::ManagedPolicy'(creation) {
    const arn = `arn:${creation.aws.partition}:iam::${creation.aws.account}:policy/${creation.properties.ManagedPolicyName ?? generatedName(creation)}`;
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },

  'AWS::AppConfig::Application'({ aws, properties, before }) {
    const existing = aws.appconfig.applications.get(before?.physicalId ?? '');
    const { id } = existing ?? aws.appconfig.createApplication({ name: properties.Name, description: properties.Description });
    return { physicalId: id, attributes: { ApplicationId: id } };
  },

  'AWS::AppConfig::ConfigurationProfile'({ aws, properties, before }) {
    const application = aws.appconfig.applications.get(properties.ApplicationId);
    if (!application) throw new Error(`there is no AppConfig application ${properties.ApplicationId}`);
    const existing = application.profiles.get(before?.physicalId ?? '');
    const { Name: name, LocationUri: locationUri, Type: type } = properties;
    const { id } = existing ?? aws.appconfig.createProfile(application, { name, locationUri, type });
    return { physicalId: id, attributes: { ConfigurationProfileId: id } };
  },

  'AWS::AppConfig::HostedConfigurationVersion'({ aws, properties, before }) {
    const profile = aws.appconfig.applications.get(properties.ApplicationId)?.profiles.get(properties.ConfigurationProfileId);
    if (!profile) throw new Error(`there is no AppConfig profile ${properties.ConfigurationProfileId}`);
    const current = profile.versions.find(({ number }) => String(number) === before?.physicalId);
    const changed = !current || current.content.toString('utf8') !== properties.Content;
    const version = changed ? aws.appconfig.createVersion(profile, { content: properties.Content, contentType: properties.ContentType }) : current;
    return { physicalId: String(version.number), attributes: { VersionNumber: String(version.number) } };
  },

  'AWS::ECR::Repository'(creation) {
    const { aws, properties } = creation;
    const name = properties.RepositoryName ?? generatedName(creation, 256).toLowerCase();
    const tags = Object.fromEntries((properties.Tags ?? []).map((tag: Json) => [tag.Key, tag.Value]));
    const repository = aws.ecr.repositories.get(name) ?? aws.ecr.createRepository(name, { tagMutability: properties.ImageTagMutability, tags });
    return { physicalId: name, attributes: { Arn: repository.arn, RepositoryUri: repository.uri } };
  },

  'AWS::ECR::PullTimeUpdateExclusion'({ aws, properties }) {
    aws.ecr.pullTimeExclusions.set(properties.PrincipalArn, aws.world.clock());
    return { physicalId: properties.PrincipalArn, attributes: {} };
  },

  'AWS::Lambda::Function'(creation) {
    const { aws, properties } = creation;
    const name = properties.FunctionName ?? generatedName(creation);
    const { Code, PackageType, Tags, ...configuration } = properties;
    if (!aws.lambda.all.has(name)) aws.lambda.create({ name, imageUri: PackageType === 'Image' ? Code.ImageUri : undefined, configuration });
    return { physicalId: name, attributes: { Arn: aws.lambda.get(name).arn } };
  },

  'AWS::CodeBuild::Project'(creation) {
    const name = creation.properties.Name ?? generatedName(creation);
    return { physicalId: name, attributes: { Arn: creation.aws.at().arn('codebuild', `project/${name}`) } };
  },

  'AWS::Logs::LogGroup'(creation) {
    const name = creation.properties.LogGroupName ?? generatedName(creation);
    return { physicalId: name, attributes: { Arn: `${creation.aws.at().arn('logs', `log-group:${name}`)}:*` } };
  },

  'AWS::SNS::Topic'(creation) {
    const name = creation.properties.TopicName ?? generatedName(creation);
    const arn = creation.aws.at().arn('sns', name);
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },

  'AWS::SQS::Queue'(creation) {
    const name = creation.properties.QueueName ?? generatedName(creation, 80);
    const { account, regionName } = creation.aws;
    const url = `https://sqs.${regionName}.amazonaws.com/${account}/${name}`;
    return { physicalId: url, attributes: { Arn: creation.aws.at().arn('sqs', name), QueueName: name, QueueUrl: url } };
  },
};

export function create(type: string, creation: Creation): Created {
  const known = CREATE[type];
  if (known) return known(creation);
  const name = generatedName(creation);
  const [, service = 'custom', kind = 'resource'] = type.split('::');
  return { physicalId: name, attributes: { Arn: creation.aws.at().arn(service.toLowerCase(), `${kind.toLowerCase()}/${name}`) } };
}
