/**
 * ISO 8601 durations, as the settings spell them. Months and years are refused: their length depends on the date they start at, and
 * an age that differs by three days from month to month is no promise.
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const SHAPE = /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const HOW = 'write an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as P14D (14 days) or PT36H (36 hours)';

/** Milliseconds of an ISO 8601 duration; throws a RangeError that says what to write instead. */
export function parseDuration(text: string): number {
  const match = SHAPE.exec(text);
  if (!match) {
    const suggestion = suggest(text);
    throw new RangeError(`${JSON.stringify(text)} is not a duration: ${suggestion ? `write ${suggestion}` : HOW}`);
  }
  const part = (at: number) => Number(match[at] ?? 0);
  const [years, months, weeks, days, hours, minutes, seconds] = [part(1), part(2), part(3), part(4), part(5), part(6), part(7)];
  if (match[1] !== undefined || match[2] !== undefined) {
    const unit = match[1] !== undefined ? 'years' : 'months';
    const about = years * 365 + months * 30 + weeks * 7 + days;
    throw new RangeError(`${JSON.stringify(text)} has ${unit} in it, whose length varies: write days, such as P${about}D`);
  }
  const milliseconds = weeks * WEEK + days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND;
  // Beyond this, "now minus the duration" is no date any more.
  if (milliseconds > 36_500 * DAY) throw new RangeError(`${JSON.stringify(text)} is longer than 100 years: write at most P36500D`);
  return milliseconds;
}

/** In words, in the largest units that say it exactly: `14 days`, `1 day 12 hours`, `0 seconds`. */
export function words(milliseconds: number): string {
  let rest = Math.round(milliseconds / SECOND) * SECOND;
  const parts: string[] = [];
  for (const [size, unit] of [[DAY, 'day'], [HOUR, 'hour'], [MINUTE, 'minute'], [SECOND, 'second']] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ') || '0 seconds';
}

/** People write `14d`, `14 days` and `p14d`; only one of them is meant to be read by machines. */
function suggest(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  if (upper !== text && SHAPE.test(upper)) return upper;
  const match = /^(\d+) *(W|D|H|M|S)[A-Z]*$/.exec(upper);
  if (!match || /^\d+ *(M$|MO)/.test(upper)) return undefined;
  return 'WD'.includes(match[2]!) ? `P${match[1]}${match[2]}` : `PT${match[1]}${match[2]}`;
}
