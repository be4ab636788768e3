import { cli } from '../../../src/engine/main/cli';

test('the deployed engine, which has no demo beside it, says where the demo is', async () => {
  let stderr = '';
  const io = { stdout: { write: () => undefined }, stderr: { write: (text: string) => (stderr += text) }, env: {}, folder: '.' };
  expect(await cli(['demo'], io)).toBe(2);
  expect(stderr).toBe('error: the demo comes with the package cdk-image-janitor, not with the deployed engine\n');
});
