import type { RecordSettings } from '../../contract/settings';
import { type Clients, createClients } from '../aws/clients';
import { readIdentity } from '../identity';
import type { Identity } from '../model';
import { folderRecord, memoryRecord, type RecordStore, s3Record } from '../record';
import { run } from '../run';
import { BadInput } from '../settings';

/** What the entries put together: replaced by tests, so that none of them needs AWS. */
export interface Services {
  readonly run: typeof run;
  readonly createClients: (options: { region?: string }) => Promise<Clients>;
  readonly readIdentity: (clients: Clients) => Promise<Identity>;
  readonly bucketRecord: (clients: Clients, record: RecordSettings) => RecordStore;
  readonly folderRecord: (folder: string) => RecordStore;
  readonly memoryRecord: () => RecordStore;
}

export const SERVICES: Services = {
  run,
  createClients: async (options) => {
    try {
      return await createClients(options);
    } catch (error) {
      if (/region is missing/i.test((error as Error).message)) throw new BadInput('no region is set: give --region, or set AWS_REGION or the region of the profile');
      throw error;
    }
  },
  readIdentity,
  bucketRecord: (clients, { bucket, prefix }) => s3Record(clients.s3, bucket, prefix),
  folderRecord,
  memoryRecord,
};
