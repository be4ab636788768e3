import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Clients } from './aws/clients';
import type { Identity } from './model';

/** Ages are told by this machine's clock, and AWS's push times by AWS's: they may differ by this much. */
const MOST_SKEW = 5 * 60_000;

/**
 * Where the credentials lead: account and partition from STS, the region from the environment.
 *
 * @param onDate is told AWS's clock, in milliseconds since the epoch, when the answer has it
 */
export async function readIdentity(clients: Clients, onDate?: (date: number) => void): Promise<Identity> {
  const command = new GetCallerIdentityCommand({});
  let date = NaN;
  command.middlewareStack.add((next) => async (args) => {
    const answer = await next(args);
    date = Date.parse(String((answer.response as { headers?: Record<string, string> }).headers?.date));
    return answer;
  }, { step: 'deserialize', name: 'imageJanitorDate', override: true });
  const { Account: account, Arn: arn } = await clients.sts.send(command);
  if (!Number.isNaN(date)) onDate?.(date);
  const partition = arn?.split(':')[1];
  if (!account || !/^\d{12}$/.test(account) || !partition) throw new Error(`STS GetCallerIdentity does not say who we are (account ${account}, ARN ${arn})`);
  return { partition, account, region: clients.region };
}

/** A clock that is wrong makes young images old, and locks last for years. The SDK corrects it for its signatures, and says nothing. */
export function checkClock(date: number): void {
  const skew = Date.now() - date;
  if (Math.abs(skew) > MOST_SKEW) {
    throw new Error(`the clock of this machine is ${Math.round(Math.abs(skew) / 60_000)} minutes ${skew > 0 ? 'ahead of' : 'behind'} AWS's, so no age can be trusted: set it`);
  }
}
