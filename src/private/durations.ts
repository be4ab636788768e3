import { Duration, Tokenization } from 'aws-cdk-lib';

/**
 * ISO 8601, as the settings document has it: `P14D`, `PT36H`. A duration whose amount is known at deploy only keeps its unit, with
 * the amount left to CloudFormation.
 */
export function toIso8601(path: string, duration: Duration): string {
  if (!duration.isUnresolved()) {
    if (duration.toMilliseconds() % 1000 !== 0) {
      throw new Error(`${path} is ${duration.toHumanString()}: expected whole seconds, minutes, hours or days`);
    }
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
