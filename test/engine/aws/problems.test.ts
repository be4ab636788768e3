import { toAwsCallError, toProblem, unusable } from '../../../src/engine/aws/problems';

function thrown(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

test.each(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'])('%s names the missing IAM action of the table', (name) => {
  expect(toProblem(toAwsCallError('S3', 'ListObjectsV2', thrown(name, 'no')))).toEqual({
    text: 'S3 ListObjectsV2: access denied; the IAM action s3:ListBucket is missing (AWS says: no)',
    fix: "allow s3:ListBucket in the runner's role",
    missingAction: 's3:ListBucket',
  });
});

test('the action that AWS itself names comes before that of the table', () => {
  const message = 'User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/k';
  expect(toProblem(toAwsCallError('S3', 'GetObject', thrown('AccessDenied', message)))).toMatchObject({ missingAction: 'kms:Decrypt' });
});

test('where a policy denies explicitly, allowing the action would not help', () => {
  const message = 'User: arn:x is not authorized to perform: ecs:ListTasks on resource: * with an explicit deny in a service control policy';
  expect(toProblem(toAwsCallError('ECS', 'ListTasks', thrown('AccessDeniedException', message))).fix)
    .toBe("take ecs:ListTasks out of the policy that denies it to the runner's role");
});

test.each([
  ['ThrottlingException', {}],
  ['TooManyRequestsException', {}],
  ['SlowDown', {}],
  ['SomethingNew', { $metadata: { httpStatusCode: 429 } }],
])('%s is told as throttling, with what to do about it', (name, more) => {
  const error = toAwsCallError('ECS', 'ListTasks', thrown(name, 'Rate exceeded', more));
  expect(error.kind).toBe('throttled');
  expect(toProblem(error)).toEqual({ text: 'ECS ListTasks: throttled past all retries (Rate exceeded)', fix: expect.any(String) });
});

test('an answer that is no JSON is unusable', () => {
  const error = toAwsCallError('ECS', 'ListTasks', thrown('SyntaxError', 'Unexpected token < in JSON at position 0\n  Deserialization error: look into $response'));
  expect(error).toMatchObject({ kind: 'unusable', message: 'ECS ListTasks: the answer could not be parsed (Unexpected token < in JSON at position 0)' });
});

test('any other error keeps its code, its status and its first line', () => {
  const error = toAwsCallError('ECS', 'ListTasks', thrown('ClusterNotFoundException', `Cluster not found.\n${'x'.repeat(500)}`, { $metadata: { httpStatusCode: 400 } }));
  expect(error).toMatchObject({ kind: 'failed', code: 'ClusterNotFoundException', message: 'ECS ListTasks: ClusterNotFoundException (HTTP 400): Cluster not found.' });
  expect(toProblem(error)).toEqual({ text: error.message });
});

test('an error of the transport is told by its code', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(toAwsCallError('ECS', 'ListTasks', refused)).toMatchObject({ kind: 'failed', code: 'ECONNREFUSED' });
  expect(toAwsCallError('ECS', 'ListTasks', thrown('Error', 'socket hang up', { code: 'ECONNRESET' })).message).toBe('ECS ListTasks: ECONNRESET: socket hang up');
});

test('the cause is kept, and an error that is one already stays as it is', () => {
  const cause = thrown('ServerException', 'x');
  const error = toAwsCallError('ECS', 'ListTasks', cause);
  expect(error.cause).toBe(cause);
  expect(toAwsCallError('Lambda', 'GetFunction', error)).toBe(error);
  expect(unusable('ECS', 'ListTasks', 'odd')).toMatchObject({ kind: 'unusable', message: 'ECS ListTasks: odd' });
});

test.each([[new TypeError('bug'), 'TypeError: bug'], ['text', 'text'], [undefined, 'undefined']])('whatever is thrown has words: %s', (what, text) => {
  expect(toProblem(what)).toEqual({ text });
  expect(toAwsCallError('ECS', 'ListTasks', what).message).toContain('ECS ListTasks: ');
});
