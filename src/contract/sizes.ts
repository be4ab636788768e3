/** A gigabyte as AWS bills storage: 2^30 bytes. The price, the report and the demo all mean this one. */
export const BYTES_PER_GB = 2 ** 30;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `1.5 GB`: in the units that AWS bills in, each 1024 of the one before. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // From 999.95 on, one decimal of the larger unit is shorter and as exact.
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(value)) : value.toFixed(1)} ${UNITS[unit]}`;
}
