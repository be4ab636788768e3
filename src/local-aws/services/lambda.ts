import type { FunctionVersion } from './lambda-functions';
import { AwsError, type Handler, type Json } from '../call';
import { byText, page, pageSize } from '../paging';
import type { Service } from '../wire/protocol';
import { restJson } from '../wire/rest-json';

/** No page is larger, whatever is asked for. */
const PAGE = 50;
const FUNCTIONS = '/2015-03-31/functions';

const operations: Record<string, Handler> = {
  CreateFunction({ input, region }) {
    const { FunctionName, Code, PackageType, Publish, Tags, ...configuration } = input;
    if (PackageType === 'Image' && !Code?.ImageUri) throw invalid('Please provide a source image for the function');
    const created = region.lambda.create({ name: FunctionName, imageUri: PackageType === 'Image' ? Code.ImageUri : undefined, configuration });
    return Publish ? region.lambda.publish(created.name).configuration : withoutQualifier(created.latest.configuration);
  },

  UpdateFunctionCode({ input, region }) {
    const found = region.lambda.get(input.FunctionName);
    if ((found.latest.configuration.PackageType === 'Image') !== (input.ImageUri !== undefined)) {
      throw invalid(`Please don't provide ${input.ImageUri === undefined ? 'ZipFile or S3 parameters' : 'ImageUri'} when updating a function with packageType ${found.latest.configuration.PackageType}`);
    }
    region.lambda.updateCode(input.FunctionName, { imageUri: input.ImageUri });
    return input.Publish ? region.lambda.publish(found.name).configuration : withoutQualifier(found.latest.configuration);
  },

  PublishVersion: ({ input, region }) => region.lambda.publish(input.FunctionName).configuration,

  CreateAlias: ({ input, region }) => region.lambda.alias(input.FunctionName, input.Name, input.FunctionVersion),

  GetFunction({ input, region }) {
    const found = region.lambda.version(input.FunctionName, input.Qualifier);
    const { imageUri, resolvedImageUri, configuration } = found;
    return {
      Configuration: input.Qualifier ? configuration : withoutQualifier(configuration),
      Code: imageUri === undefined
        ? { RepositoryType: 'S3', Location: `https://awslambda-${region.place.region}-tasks.s3.${region.place.region}.amazonaws.com/snapshots/${configuration.FunctionName}` }
        : { RepositoryType: 'ECR', ImageUri: imageUri, ResolvedImageUri: resolvedImageUri },
    };
  },

  ListFunctions({ input, region }) {
    const all = [...region.lambda.all.values()].sort((a, b) => byText(a.name, b.name));
    const versions = input.FunctionVersion === 'ALL'
      ? all.flatMap((each) => [each.latest, ...each.published])
      : all.map((each) => each.latest);
    const { items, token } = pageOf(versions, input);
    const asListed = (each: FunctionVersion) => (input.FunctionVersion === 'ALL' ? each.configuration : withoutQualifier(each.configuration));
    return { Functions: items.map(asListed), NextMarker: token };
  },

  ListVersionsByFunction({ input, region }) {
    const found = region.lambda.get(input.FunctionName);
    const { items, token } = pageOf([found.latest, ...found.published], input);
    return { Versions: items.map((each) => each.configuration), NextMarker: token };
  },
};

export const lambda: Service = {
  name: 'Lambda',
  signingName: 'lambda',
  protocol: restJson({
    CreateFunction: { method: 'POST', path: FUNCTIONS, status: 201 },
    UpdateFunctionCode: { method: 'PUT', path: `${FUNCTIONS}/{FunctionName}/code` },
    PublishVersion: { method: 'POST', path: `${FUNCTIONS}/{FunctionName}/versions`, status: 201 },
    CreateAlias: { method: 'POST', path: `${FUNCTIONS}/{FunctionName}/aliases`, status: 201 },
    GetFunction: { method: 'GET', path: `${FUNCTIONS}/{FunctionName}` },
    ListFunctions: { method: 'GET', path: FUNCTIONS },
    ListVersionsByFunction: { method: 'GET', path: `${FUNCTIONS}/{FunctionName}/versions` },
  }),
  operations,
};

function pageOf(versions: readonly FunctionVersion[], input: Json) {
  const key = ({ version, configuration }: FunctionVersion) => `${configuration.FunctionName}\u0000${version === '$LATEST' ? '' : version.padStart(10, '0')}`;
  const asked = pageSize(input.MaxItems, { max: 10_000, byDefault: PAGE, parameter: 'maxItems' });
  return page(versions, key, { token: input.Marker, size: Math.min(asked, PAGE) });
}

/** Asked for without a qualifier, the ARN has none. */
function withoutQualifier(configuration: Json): Json {
  return { ...configuration, FunctionArn: configuration.FunctionArn.replace(/:\$LATEST$/, '') };
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
}
