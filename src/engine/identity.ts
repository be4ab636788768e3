import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Clients } from './aws/clients';
import type { Identity } from './model';

/** Where the credentials lead: account and partition from STS, the region from the environment. */
export async function readIdentity(clients: Clients): Promise<Identity> {
  const { Account: account, Arn: arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
  const partition = arn?.split(':')[1];
  if (!account || !/^\d{12}$/.test(account) || !partition) throw new Error(`STS GetCallerIdentity does not say who we are (account ${account}, ARN ${arn})`);
  return { partition, account, region: clients.region };
}
