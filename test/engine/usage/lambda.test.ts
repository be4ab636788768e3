import { awsError } from './aws-stub';
import { digest, HOST, told, useWorld } from './world';

const [A, B] = [digest('a'), digest('b')];
const hex = (of: string) => of.slice('sha256:'.length);
const code = (tag: string, resolved: string) => ({ RepositoryType: 'ECR', ImageUri: `${HOST}/fn:${tag}`, ResolvedImageUri: `${HOST}/fn@${resolved}` });
const account = useWorld();

test('a published version whose code hash is a digest of the catalogue is protected without a call of its own', async () => {
  account.world.addFunction('web', '7', { CodeSha256: hex(A) });
  const usage = await account.readLambda({ catalogued: [A] });
  expect(usage).toMatchObject({ problems: [], notes: [] });
  expect(told(usage)).toEqual(['function version function:web:7 → @a']);
  expect(account.stub.count('GetFunction')).toBe(0);
});

test('the tag that $LATEST names is protected beside its digest, though the catalogue has the digest; asked once per revision', async () => {
  account.world.addFunction('web', '$LATEST', { CodeSha256: hex(A), RevisionId: 'first', Code: code('live', A) });
  const immutable = new Map<string, unknown>();
  for (let reading = 0; reading < 2; reading += 1) {
    const usage = await account.readLambda({ catalogued: [A], immutable });
    expect(told(usage)).toEqual(['function version function:web:$LATEST → fn:live', 'function version function:web:$LATEST → @a']);
  }
  expect(account.stub.count('GetFunction')).toBe(1);
  Object.assign(account.world.functions[0]!, { RevisionId: 'second', Code: code('next', A) });
  expect(told(await account.readLambda({ catalogued: [A], immutable }))).toContain('function version function:web:$LATEST → fn:next');
});

test.each([
  ['is not in the catalogue', hex(B)],
  ['is no digest', 'gxa1Fk3U1jWw0iKQ9vYV3mA6oyJ6FJz4Zq6Y0R1T4yA='],
  ['is empty', ''],
  ['is missing', undefined],
])('where the code hash %s, Lambda is asked, and tag and digest are protected', async (_what, CodeSha256) => {
  account.world.addFunction('web', '7', { CodeSha256, Code: code('v1', B) });
  const usage = await account.readLambda({ catalogued: [A] });
  expect(told(usage)).toEqual(['function version function:web:7 → fn:v1', 'function version function:web:7 → fn@b']);
  expect(usage.problems).toEqual([]);
  expect(account.stub.calls.at(-1)).toMatchObject({ operation: 'GetFunction', input: { FunctionName: 'web', Qualifier: '7' } });
});

test('a version is asked for by its own qualifier', async () => {
  account.world.addFunction('web', '$LATEST', { Code: code('live', A) });
  account.world.addFunction('web', '1', { Code: code('live', B) });
  expect(told(await account.readLambda())).toEqual([
    'function version function:web:$LATEST → fn:live', 'function version function:web:$LATEST → fn@a',
    'function version function:web:1 → fn:live', 'function version function:web:1 → fn@b',
  ]);
});

test('a published version is asked for once, $LATEST each time where Lambda tells no revision', async () => {
  account.world.addFunction('web', '$LATEST', { CodeSha256: hex(B), Code: code('live', B) });
  account.world.addFunction('web', '1', { CodeSha256: hex(B), Code: code('live', B) });
  const immutable = new Map<string, unknown>();
  const first = await account.readLambda({ immutable });
  expect(await account.readLambda({ immutable })).toEqual(first);
  expect(account.stub.count('GetFunction')).toBe(3);
});

test('a kept answer counts only for the same code, and only if it verifies', async () => {
  const immutable = new Map<string, unknown>();
  const version: Record<string, any> = { CodeSha256: hex(A), Code: code('v1', A) };
  account.world.addFunction('web', '1', version);
  await account.readLambda({ immutable });
  Object.assign(account.world.functions[0]!, { CodeSha256: hex(B), Code: code('v2', B) });
  expect(told(await account.readLambda({ immutable }))).toContain('function version function:web:1 → fn@b');
  for (const key of immutable.keys()) immutable.set(key, { resolvedImageUri: 7 });
  expect(told(await account.readLambda({ immutable }))).toContain('function version function:web:1 → fn@b');
});

test('a function that failed still counts', async () => {
  account.world.addFunction('web', '$LATEST', { State: 'Failed', LastUpdateStatus: 'Failed', CodeSha256: hex(A), Code: code('live', A) });
  expect(told(await account.readLambda({ catalogued: [A] }))).toHaveLength(2);
});

test('a function of a zip file uses no image, and one whose kind is not told is asked', async () => {
  account.world.addFunction('zip', '$LATEST', { PackageType: 'Zip' });
  account.world.addFunction('old', '$LATEST', { PackageType: undefined, Code: code('v1', A) });
  const usage = await account.readLambda();
  expect(told(usage)).toEqual(['function version function:old:$LATEST → fn:v1', 'function version function:old:$LATEST → fn@a']);
  expect(account.stub.count('GetFunction')).toBe(1);
});

test('a kind of package that nobody knows is a problem, not a zip file', async () => {
  account.world.addFunction('new', '$LATEST', { PackageType: 'Wasm', Code: { RepositoryType: 'S3' } });
  expect((await account.readLambda()).problems).toEqual([{ text: expect.stringContaining('no resolved image') }]);
});

test('a function that does not tell what its image resolved to leaves its repository in doubt; the tag that it tells counts', async () => {
  account.world.addFunction('web', '1', { Code: { ImageUri: `${HOST}/fn:v1`, Error: { ErrorCode: 'ImageDeleted', Message: 'gone' } } });
  const usage = await account.readLambda();
  expect(told(usage)).toEqual(['function version function:web:1 → fn:v1']);
  expect(usage.doubts).toEqual([{ repository: 'fn', text: expect.stringMatching(/function:web:1 has no resolved image in it \(ImageDeleted: gone\)/) }]);
  expect(usage.problems).toEqual([]);
});

test('a function that does not tell what its image resolved to leaves no doubt where the digest is known', async () => {
  account.world.addFunction('pinned', '1', { Code: { ImageUri: `${HOST}/fn@${B}` } });
  account.world.addFunction('listed', '$LATEST', { CodeSha256: hex(A), Code: { ImageUri: `${HOST}/fn:v1` } });
  expect(await account.readLambda({ catalogued: [A] })).toMatchObject({ doubts: [], problems: [] });
});

test.each(['<IMAGE>', 'web:v1'])('a function that tells of its image nothing but "%s" is a problem', async (ImageUri) => {
  account.world.addFunction('web', '1', { Code: { ImageUri } });
  expect((await account.readLambda()).problems).toContainEqual({ text: expect.stringContaining('no resolved image') });
});

test('a function that was deleted while it was read is gone once a later listing lacks it', async () => {
  account.world.addFunction('gone', '1', {});
  account.world.addFunction('web', '1', { Code: code('v1', A) });
  account.stub.intercept('GetFunction', ({ FunctionName }) => {
    if (FunctionName !== 'gone') return undefined;
    account.world.functions = account.world.functions.filter((version) => version.FunctionName !== 'gone');
    return awsError('ResourceNotFoundException', 'Function not found', 404);
  });
  const usage = await account.readLambda();
  expect(usage.problems).toEqual([]);
  expect(told(usage)).toContain('function version function:web:1 → fn@a');
  expect(account.stub.count('ListFunctions')).toBe(2);
});

test('a function that is not found and yet listed is a problem', async () => {
  account.world.addFunction('web', '1', {});
  account.stub.on('GetFunction', () => awsError('ResourceNotFoundException', 'Function not found', 404));
  expect((await account.readLambda()).problems).toEqual([{ text: expect.stringContaining('function:web:1 is listed, but reported as not found') }]);
});

test('the list is read to its end, with every version and the largest page', async () => {
  for (let at = 1; at <= 120; at += 1) account.world.addFunction('web', String(at), { CodeSha256: hex(A) });
  expect((await account.readLambda({ catalogued: [A] })).references).toHaveLength(120);
  expect(account.stub.calls.map(({ input }) => input)).toEqual([undefined, '50', '100'].map((Marker) => ({ FunctionVersion: 'ALL', MaxItems: '50', ...(Marker ? { Marker } : {}) })));
});

test('functions that no selector names are not read; an exact name may be that of a zip file', async () => {
  account.world.addFunction('web', '1', { Code: code('v1', A) });
  account.world.addFunction('zip', '1', { PackageType: 'Zip' });
  const usage = await account.readLambda({ lambda: { functions: ['zip', 'api-*'] } });
  expect(usage).toMatchObject({ references: [], problems: [], notes: ['usage.lambda.functions: no function matches "api-*"'] });
});

test('an entry without a name, a version or an ARN is a problem', async () => {
  account.world.functions = [{ FunctionArn: 'arn:x', PackageType: 'Image' }, { PackageType: 'Image' }];
  expect((await account.readLambda()).problems).toHaveLength(2);
});

test('an answer without the code is a problem', async () => {
  account.world.addFunction('web', '1', {});
  expect((await account.readLambda()).problems).toEqual([{ text: expect.stringContaining('has no code in it') }]);
});
