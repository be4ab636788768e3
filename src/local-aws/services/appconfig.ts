import type { Application, ConfigurationProfile, HostedVersion } from './appconfig-store';
import { Answer, AwsError, type Call, type Handler, type Json } from '../call';
import type { Service } from '../wire/protocol';
import { restJson } from '../wire/rest-json';

/** Of hosted configurations, by default quota. */
const MAX_CONTENT_BYTES = 2 * 1024 * 1024;

const VERSIONS = '/applications/{ApplicationId}/configurationprofiles/{ConfigurationProfileId}/hostedconfigurationversions';

const operations: Record<string, Handler> = {
  CreateApplication({ input, region }) {
    const application = region.appconfig.createApplication({ name: input.Name, description: input.Description });
    return { Id: application.id, Name: application.name, Description: application.description };
  },

  CreateConfigurationProfile(call) {
    const application = applicationOf(call);
    const { Name: name, LocationUri: locationUri, Type: type } = call.input;
    const profile = call.region.appconfig.createProfile(application, { name, locationUri, type });
    return { ApplicationId: application.id, Id: profile.id, Name: profile.name, LocationUri: profile.locationUri, Type: profile.type };
  },

  CreateHostedConfigurationVersion(call) {
    const profile = profileOf(call);
    const { Content: content, headers } = call.input;
    const latest = headers['latest-version-number'];
    if (content.length > MAX_CONTENT_BYTES) throw new AwsError('PayloadTooLargeException', 'The configuration size is larger than the limit', 413);
    if (latest !== undefined && Number(latest) !== profile.versions.length) {
      throw new AwsError('ConflictException', 'The latest version number does not match the one specified in the request', 409);
    }
    const version = call.region.appconfig.createVersion(profile, {
      content,
      contentType: headers['content-type'],
      ...(headers.description ? { description: headers.description } : {}),
      ...(headers.versionlabel ? { label: headers.versionlabel } : {}),
    });
    return asAnswer(call.input, version, 201);
  },

  GetHostedConfigurationVersion(call) {
    const version = profileOf(call).versions.find(({ number }) => number === Number(call.input.VersionNumber));
    if (!version) throw notFound('HostedConfigurationVersion', call.input.VersionNumber);
    return asAnswer(call.input, version, 200);
  },
};

export const appconfig: Service = {
  name: 'AppConfig',
  signingName: 'appconfig',
  protocol: restJson({
    CreateApplication: { method: 'POST', path: '/applications', status: 201 },
    CreateConfigurationProfile: { method: 'POST', path: '/applications/{ApplicationId}/configurationprofiles', status: 201 },
    CreateHostedConfigurationVersion: { method: 'POST', path: VERSIONS, rawBody: 'Content' },
    GetHostedConfigurationVersion: { method: 'GET', path: `${VERSIONS}/{VersionNumber}` },
  }),
  operations,
};

function applicationOf({ input, region }: Call): Application {
  const application = region.appconfig.applications.get(input.ApplicationId);
  if (!application) throw notFound('Application', input.ApplicationId);
  return application;
}

function profileOf(call: Call): ConfigurationProfile {
  const profile = applicationOf(call).profiles.get(call.input.ConfigurationProfileId);
  if (!profile) throw notFound('ConfigurationProfile', call.input.ConfigurationProfileId);
  return profile;
}

function notFound(type: string, id: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Could not find ${type} with Id: ${id}`, 404, { ResourceName: type });
}

/** The content is the body; everything else travels in headers. */
function asAnswer(input: Json, version: HostedVersion, status: number): Answer {
  return new Answer(status, {
    'application-id': input.ApplicationId,
    'configuration-profile-id': input.ConfigurationProfileId,
    'version-number': String(version.number),
    'content-type': version.contentType,
    ...(version.description ? { description: version.description } : {}),
    ...(version.label ? { versionlabel: version.label } : {}),
  }, version.content);
}
