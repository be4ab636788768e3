import type { Findings } from './findings';
import { findOperation } from '../../contract/operations';
import { chunk } from '../aws/paginate';
import { unusable } from '../aws/problems';

export interface DescribeCall<Item> {
  readonly service: string;
  readonly operation: string;
  readonly asked: Iterable<string>;
  readonly describe: (arns: string[]) => Promise<{
    readonly items: readonly Item[] | undefined;
    readonly failures?: readonly { readonly arn?: string; readonly reason?: string; readonly detail?: string }[];
  }>;
  readonly arn: (item: Item) => string | undefined;
  /** Told of what AWS says it does not have; without it that is a problem as any other failure. */
  readonly missing?: (arn: string) => void;
}

/**
 * Describes by ARN, in batches as large as AWS takes. A 200 carries failures inside: each of them is a problem, and so is an ARN that
 * comes back neither as an item nor as a failure.
 */
export async function describeAll<Item>(call: DescribeCall<Item>, findings: Findings): Promise<Map<string, Item>> {
  const { service, operation } = call;
  const size = findOperation(service, operation)!.maxBatch!;
  const found = new Map<string, Item>();
  await findings.each(chunk([...new Set(call.asked)], size), async (arns) => {
    const answer = await call.describe(arns);
    if (!Array.isArray(answer.items)) throw unusable(service, operation, 'the answer has no list in it');
    const open = new Set(arns);
    for (const item of answer.items) {
      const arn = call.arn(item);
      if (arn === undefined || !open.delete(arn)) {
        findings.problem({ text: `${service} ${operation}: the answer has ${arn ?? 'something without an ARN'} in it, which was not asked for or came twice` });
        continue;
      }
      found.set(arn, item);
    }
    for (const failure of answer.failures ?? []) {
      const arn = failure.arn;
      if (arn !== undefined && failure.reason === 'MISSING' && call.missing && open.delete(arn)) {
        call.missing(arn);
        continue;
      }
      if (arn !== undefined) open.delete(arn);
      const detail = failure.detail ? `: ${failure.detail}` : '';
      findings.problem({ text: `${service} ${operation}: failure for ${arn ?? 'an unnamed resource'} (${failure.reason ?? 'no reason given'}${detail})` });
    }
    for (const arn of open) findings.problem({ text: `${service} ${operation}: ${arn} was asked for and did not come back` });
  });
  return found;
}
