import { BYTES_PER_GB, formatBytes } from '../../src/contract/sizes';

test.each([
  [0, '0 B'], [999, '999 B'], [1000, '1.0 KB'], [1024, '1.0 KB'], [999.9 * 1024, '999.9 KB'], [999.95 * 1024, '1.0 MB'],
  [BYTES_PER_GB, '1.0 GB'], [1.5 * BYTES_PER_GB, '1.5 GB'], [310 * BYTES_PER_GB, '310.0 GB'], [2.5 * 2 ** 50, '2.5 PB'], [9000 * 2 ** 50, '9000.0 PB'],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test('what reads 100.0 GB costs what AWS bills for 100 GB', () => {
  expect(formatBytes(100 * BYTES_PER_GB)).toBe('100.0 GB');
  expect(formatBytes(100e9)).toBe('93.1 GB');
});
