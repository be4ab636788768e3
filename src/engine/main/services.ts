import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type Clients, createClients } from '../aws/clients';
import type { Identity } from '../model';
import { folderRecord, memoryRecord, type RecordStore, s3Record } from '../record';
import { run } from '../run';
import { BadInput } from '../settings';

/** What the entries put together: replaced by tests, so that none of them needs AWS. */
export interface Services {
  readonly run: typeof run;
  readonly createClients: (options: { region?: string }) => Promise<Clients>;
  readonly readIdentity: (clients: Clients) => Promise<Identity>;
  readonly bucketRecord: (clients: Clients, bucket: string) => RecordStore;
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
  readIdentity: async (clients) => {
    const { Account: account, Arn: arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
    const partition = arn?.split(':')[1];
    if (!account || !partition) throw new Error(`STS GetCallerIdentity does not say who we are (account ${account}, ARN ${arn})`);
    return { partition, account, region: clients.region };
  },
  bucketRecord: (clients, bucket) => s3Record(clients.s3, bucket),
  folderRecord,
  memoryRecord,
};
