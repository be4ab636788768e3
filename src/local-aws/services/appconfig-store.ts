import { createHash } from 'node:crypto';
import type { Region } from '../world';

export interface HostedVersion {
  readonly number: number;
  readonly content: Buffer;
  readonly contentType: string;
  readonly description?: string;
  readonly label?: string;
}

export interface ConfigurationProfile {
  readonly id: string;
  readonly name: string;
  readonly locationUri: string;
  readonly type: string;
  readonly versions: HostedVersion[];
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly profiles: Map<string, ConfigurationProfile>;
}

export class AppConfigStore {
  readonly applications = new Map<string, Application>();
  private counter = 0;

  constructor(private readonly region: Region) {}

  createApplication(options: { name: string; description?: string }): Application {
    const application = { id: this.newId(), ...options, profiles: new Map<string, ConfigurationProfile>() };
    this.applications.set(application.id, application);
    return application;
  }

  createProfile(application: Application, options: { name: string; locationUri?: string; type?: string }): ConfigurationProfile {
    const { name, locationUri = 'hosted', type = 'AWS.Freeform' } = options;
    const profile = { id: this.newId(), name, locationUri, type, versions: [] };
    application.profiles.set(profile.id, profile);
    return profile;
  }

  createVersion(
    profile: ConfigurationProfile,
    options: { content: Buffer | string; contentType: string; description?: string; label?: string },
  ): HostedVersion {
    const version = { ...options, number: profile.versions.length + 1, content: Buffer.from(options.content) };
    profile.versions.push(version);
    return version;
  }

  /** Seven characters, as AppConfig's are. */
  private newId(): string {
    const { account, region } = this.region.place;
    const hash = createHash('sha256').update(`${account}/${region}/${++this.counter}`).digest('hex');
    return parseInt(hash.slice(0, 12), 16).toString(36).padStart(7, '0').slice(-7);
  }
}
