import { Duration, Tokenization } from 'aws-cdk-lib';

/** The engine refuses more: "now minus the duration" would soon be no date any more. */
const LONGEST = Duration.days(36500);

export interface DurationRange {
  readonly min: Duration;
  readonly max: Duration;
  /** What CloudFormation counts in. */
  readonly unit: 'seconds' | 'minutes' | 'days';
  /** What none at all means, where it is allowed. */
  readonly zero?: string;
}

/** Whether the value is a duration, of whichever copy of aws-cdk-lib; plain JavaScript passes anything. */
function isDuration(value: unknown): value is Duration {
  return typeof (value as Duration | null | undefined)?.toMilliseconds === 'function' && typeof (value as Duration).isUnresolved === 'function';
}

export function requireDuration(path: string, value: unknown): asserts value is Duration {
  if (value === undefined || value === null) throw new Error(`${path} is missing: expected a Duration, for example Duration.days(90)`);
  if (!isDuration(value)) throw new Error(`${path} is ${JSON.stringify(value)}: expected a Duration, for example Duration.days(90)`);
}

/** Refuses what CloudFormation has no number for; a duration that only a deployment knows cannot be checked, so it is refused, too. */
export function checkDuration(path: string, value: Duration | undefined, { min, max, unit, zero }: DurationRange): void {
  if (value === undefined) return;
  requireDuration(path, value);
  const allowed = `expected whole ${unit} from ${min.toHumanString()} to ${max.toHumanString()}${zero ? `, or 0 for ${zero}` : ''}`;
  if (value.isUnresolved()) throw new Error(`${path} is known at deploy only: ${allowed}`);
  const milliseconds = value.toMilliseconds();
  if (zero !== undefined && milliseconds === 0) return;
  const one = { seconds: 1000, minutes: 60_000, days: 86_400_000 }[unit];
  if (milliseconds % one !== 0 || milliseconds < min.toMilliseconds() || milliseconds > max.toMilliseconds()) {
    throw new Error(`${path} is ${value.toHumanString()}: ${allowed}`);
  }
}

/** Whether a duration is known, and shorter than another one that is known. */
export function isShorter(value: Duration, other: Duration): boolean {
  return !value.isUnresolved() && !other.isUnresolved() && value.toMilliseconds() < other.toMilliseconds();
}

/**
 * ISO 8601, as the settings document has it: `P14D`, `PT36H`. A duration whose amount is known at deploy only keeps its unit, with
 * the amount left to CloudFormation.
 */
export function toIso8601(path: string, duration: Duration): string {
  requireDuration(path, duration);
  if (!duration.isUnresolved()) {
    if (duration.toMilliseconds() % 1000 !== 0) {
      throw new Error(`${path} is ${duration.toHumanString()}: expected whole seconds, minutes, hours or days`);
    }
    if (isShorter(LONGEST, duration)) throw new Error(`${path} is ${duration.toHumanString()}: expected at most 36500 days (100 years)`);
    return duration.toIsoString();
  }
  switch (duration.unitLabel()) {
    case 'days':
      return `P${Tokenization.stringifyNumber(duration.toDays())}D`;
    case 'hours':
      return `PT${Tokenization.stringifyNumber(duration.toHours())}H`;
    case 'minutes':
      return `PT${Tokenization.stringifyNumber(duration.toMinutes())}M`;
    case 'seconds':
      return `PT${Tokenization.stringifyNumber(duration.toSeconds())}S`;
    default:
      throw new Error(`${path} is a number of ${duration.unitLabel()} that is known at deploy only: use Duration.seconds, .minutes, .hours or .days`);
  }
}
