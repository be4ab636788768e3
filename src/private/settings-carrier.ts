import { Names, Stack, Token } from 'aws-cdk-lib';
import * as appconfig from 'aws-cdk-lib/aws-appconfig';
import { Construct } from 'constructs';
import { Settings, SETTINGS_METADATA } from '../contract/settings';

/**
 * Carries the settings to the engine: a hosted configuration of AWS AppConfig, whose content CloudFormation resolves at deploy.
 * See docs/decisions/0001-settings-carrier.md.
 */
export class SettingsCarrier extends Construct {
  /** What the engine finds its settings by: `appconfig://APPLICATION/PROFILE/VERSION`. */
  public readonly uri: string;
  /** Names of the AppConfig resources that reading the settings is authorised on, as they stand after `application/` in an ARN. */
  public readonly resourceNames: string[];

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const application = new appconfig.CfnApplication(this, 'Application', {
      name: Names.uniqueResourceName(this, { maxLength: 64 }),
      description: 'Settings of an ImageJanitor',
    });
    const profile = new appconfig.CfnConfigurationProfile(this, 'Profile', {
      applicationId: application.ref,
      name: 'settings',
      locationUri: 'hosted',
      type: 'AWS.Freeform',
    });
    // Each change of the content is a new version. CloudFormation removes the old one after everything else was updated, so a run
    // that starts in the middle of a deployment still finds the version that it was told.
    const version = new appconfig.CfnHostedConfigurationVersion(this, 'Version', {
      applicationId: application.ref,
      configurationProfileId: profile.ref,
      contentType: 'application/json',
      // A list of lines: `cdk diff` compares lists element by element, and strings only as a whole.
      content: Token.asString({ 'Fn::Join': ['\n', toLines(Stack.of(this), settings)] }),
    });
    version.addMetadata(SETTINGS_METADATA, { construct: scope.node.path });

    this.uri = `appconfig://${application.ref}/${profile.ref}/${version.ref}`;
    // Any version of this profile: with the newest one only, a run that starts in the middle of a deployment would be denied.
    this.resourceNames = [
      application.ref,
      `${application.ref}/configurationprofile/${profile.ref}`,
      `${application.ref}/configurationprofile/${profile.ref}/hostedconfigurationversion/*`,
    ];
  }
}

/** JSON, one property a line; lists of plain values stay on the line, so that a changed rule shows its name next to the change. */
export function toLines(stack: Stack, value: unknown): string[] {
  const lines: string[] = [];
  const write = (item: unknown, indent: string, before: string, after: string) => {
    const entries = childrenOf(item);
    if (!entries) {
      lines.push(`${indent}${before}${stack.toJsonString(item)}${after}`);
      return;
    }
    const [open, close] = Array.isArray(item) ? ['[', ']'] : ['{', '}'];
    lines.push(`${indent}${before}${open}`);
    entries.forEach(([key, child], index) => {
      write(child, `${indent}  `, Array.isArray(item) ? '' : `${JSON.stringify(key)}: `, index < entries.length - 1 ? ',' : '');
    });
    lines.push(`${indent}${close}${after}`);
  };
  write(value, '', '', '');
  return lines;
}

/** The parts of a value that needs lines of its own; undefined for one that fits on its line. */
function childrenOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return undefined;
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  const isPlain = Array.isArray(value) ? entries.every(([, child]) => typeof child !== 'object' || Token.isUnresolved(child)) : entries.length === 0;
  return isPlain ? undefined : entries;
}
