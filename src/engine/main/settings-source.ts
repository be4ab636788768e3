import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GetHostedConfigurationVersionCommand } from '@aws-sdk/client-appconfig';
import type { Settings } from '../../contract/settings';
import type { Clients } from '../aws/clients';
import { BadInput, parseSettings } from '../settings';

/** Reads the settings from where they are: `appconfig://APPLICATION/PROFILE/VERSION`, or a file. */
export async function loadSettings(source: string, clients: () => Promise<Clients>, folder: string): Promise<Settings> {
  const json = /^[a-z0-9]+:\/\//i.test(source) ? await readHosted(source, await clients()) : await read(resolve(folder, source));
  return parseSettings(json, source);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BadInput(`the settings file cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The version is part of the address: a run reads what was deployed with it, not what somebody may have added since. */
async function readHosted(source: string, clients: Clients): Promise<string> {
  const match = /^appconfig:\/\/([a-z0-9]+)\/([a-z0-9]+)\/([1-9][0-9]{0,8})$/i.exec(source);
  if (!match) throw new BadInput(`${JSON.stringify(source)} is no settings source: give a file, or appconfig://APPLICATION/PROFILE/VERSION with the two IDs and the version's number`);
  const { Content: content } = await clients.appconfig.send(new GetHostedConfigurationVersionCommand({
    ApplicationId: match[1], ConfigurationProfileId: match[2], VersionNumber: Number(match[3]),
  }));
  if (!content || content.length === 0) throw new BadInput(`the settings (${source}) are empty`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new BadInput(`the settings (${source}) are not UTF-8`);
  }
}
