/** Carries an operation out under a fault. */
import { Answer, AwsError, type Call, type Json } from './call';
import type { Fault } from './faults';
import { throttled } from './quotas';

/** How the answer reaches the caller, if at all. */
export type Delivery =
  | { readonly kind: 'answer'; readonly answer: Json | Answer }
  | { readonly kind: 'never' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'truncated'; readonly answer: Json | Answer };

type Execute = (call: Call) => Promise<Json | Answer>;

const REPEATED_TOKEN = 'eyJhZnRlciI6IiJ9';

export async function deliver(fault: Fault | undefined, call: Call, execute: Execute, deny: (call: Call) => AwsError): Promise<Delivery> {
  if (!fault) return { kind: 'answer', answer: await execute(call) };
  if (fault.after) await execute(call);
  switch (fault.kind) {
    case 'access-denied': throw fault.code ? new AwsError(fault.code, deny(call).message, deny(call).status) : deny(call);
    case 'throttle': throw throttled(call.service, fault.code);
    case 'server-error': throw new AwsError(fault.code ?? (call.service === 'S3' ? 'InternalError' : 'ServerException'), 'We encountered an internal error. Please try again.', 500);
    case 'timeout': return { kind: 'never' };
    case 'reset': return { kind: 'reset' };
    case 'truncated': return { kind: 'truncated', answer: await execute(call) };
    case 'html': return { kind: 'answer', answer: new Answer(200, { 'content-type': 'text/html' }, '<!doctype html>\n<html lang=en>\n<title>501 Not Implemented</title>\n<h1>Not Implemented</h1>\n</html>\n') };
    case 'empty': return { kind: 'answer', answer: {} };
    case 'repeated-token': return { kind: 'answer', answer: await repeatPage(call, execute) };
    case 'failures': return { kind: 'answer', answer: await failItems(fault, call, execute) };
  }
}

async function repeatPage(call: Call, execute: Execute): Promise<Json | Answer> {
  const { nextToken, Marker, 'continuation-token': continuation, ...input } = call.input;
  const output = await execute({ ...call, input });
  if (output instanceof Answer) return output;
  if (call.service === 'Lambda') return { ...output, NextMarker: REPEATED_TOKEN };
  if (call.service === 'S3') return { ListBucketResult: { ...output.ListBucketResult, IsTruncated: true, NextContinuationToken: REPEATED_TOKEN } };
  return { ...output, nextToken: REPEATED_TOKEN };
}

/** The member that lists the items, and the one that answers them. */
const BATCHES: Readonly<Record<string, { asked: string; answered: string }>> = {
  BatchGetImage: { asked: 'imageIds', answered: 'images' },
  BatchDeleteImage: { asked: 'imageIds', answered: 'imageIds' },
  DescribeTasks: { asked: 'tasks', answered: 'tasks' },
  DescribeServices: { asked: 'services', answered: 'services' },
  DescribeServiceDeployments: { asked: 'serviceDeploymentArns', answered: 'serviceDeployments' },
  DescribeServiceRevisions: { asked: 'serviceRevisionArns', answered: 'serviceRevisions' },
};

async function failItems(fault: Fault, call: Call, execute: Execute): Promise<Json | Answer> {
  const batch = BATCHES[call.operation];
  if (!batch) throw new Error(`${call.service} ${call.operation} answers no failures`);
  const items: any[] = call.input[batch.asked] ?? [];
  const failing = items.slice(0, fault.items ?? items.length);
  const others = items.slice(failing.length);
  const output: Json = others.length > 0 ? await execute({ ...call, input: { ...call.input, [batch.asked]: others } }) : { [batch.answered]: [] };
  const failures = failing.map((item) => (call.service === 'ECR'
    ? { imageId: item, failureCode: fault.code ?? 'KmsError', failureReason: 'The operation failed due to a KMS exception' }
    : { arn: item, reason: fault.code ?? 'MISSING' }));
  return { ...output, failures: [...output.failures ?? [], ...failures] };
}
