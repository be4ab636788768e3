import type { RecordSettings } from '../../contract/settings';
import { type Clients, createClients } from '../aws/clients';
import { readIdentity } from '../identity';
import type { Identity } from '../model';
import { folderRecord, memoryRecord, type RecordStore, s3Record } from '../record';
import { prepareFolder } from '../record/folder';
import { run } from '../run';
import { BadInput } from '../settings';

/** What the entries put together: replaced by tests, so that none of them needs AWS. */
export interface Services {
  readonly run: typeof run;
  readonly createClients: (options: { region?: string }) => Promise<Clients>;
  readonly readIdentity: (clients: Clients) => Promise<Identity>;
  readonly bucketRecord: (clients: Clients, record: RecordSettings) => RecordStore;
  /** Throws BadInput where nothing can be kept in the folder. */
  readonly folderRecord: (folder: string) => Promise<RecordStore>;
  readonly memoryRecord: () => RecordStore;
}

export const SERVICES: Services = {
  run,
  createClients: async (options) => {
    let clients: Clients;
    try {
      clients = await createClients(options);
    } catch (error) {
      const { message } = error as Error;
      if (/region is missing/i.test(message)) throw new BadInput('no region is set: give --region, or set AWS_REGION or the region of the profile');
      if (/region not accepted/i.test(message)) throw new BadInput(`${message}: correct --region, AWS_REGION or the region of the profile`);
      throw error;
    }
    await checkCredentials(clients);
    return clients;
  },
  readIdentity,
  bucketRecord: (clients, { bucket, prefix }) => s3Record(clients.s3, bucket, prefix),
  folderRecord: async (folder) => {
    try {
      await prepareFolder(folder);
    } catch (error) {
      throw new BadInput(`the record cannot be kept in ${folder}: ${(error as Error).message}: give --record-dir a folder that can be written`, { cause: error });
    }
    return folderRecord(folder);
  },
  memoryRecord,
};

/** A person without credentials is the first thing that happens to a newcomer, and nothing can be read without them. */
async function checkCredentials(clients: Clients): Promise<void> {
  try {
    await clients.sts.config.credentials();
  } catch (error) {
    clients.destroy();
    if ((error as Error).name !== 'CredentialsProviderError') throw error;
    throw new BadInput(
      `no AWS credentials: ${(error as Error).message.replace(/[\s.]+$/, '')}; set AWS_PROFILE (after aws sso login, where the profile uses it), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      { cause: error },
    );
  }
}
