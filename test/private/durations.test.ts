import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { toIso8601 } from '../../src/private/durations';

test.each([
  [Duration.days(14), 'P14D'],
  [Duration.hours(36), 'P1DT12H'],
  [Duration.minutes(90), 'PT1H30M'],
  [Duration.millis(2000), 'PT2S'],
])('a duration is written in ISO 8601: %s', (duration, expected) => {
  expect(toIso8601('safetyAge', duration)).toBe(expected);
});

test('a duration that is known at deploy only keeps its unit', () => {
  const stack = new Stack();
  const amount = new CfnParameter(stack, 'Amount', { type: 'Number' }).valueAsNumber;
  const write = (duration: Duration) => stack.resolve(toIso8601('expireAfter', duration))['Fn::Join'];
  expect(write(Duration.days(amount))).toEqual(['', ['P', { Ref: 'Amount' }, 'D']]);
  expect(write(Duration.hours(amount))).toEqual(['', ['PT', { Ref: 'Amount' }, 'H']]);
  expect(write(Duration.minutes(amount))).toEqual(['', ['PT', { Ref: 'Amount' }, 'M']]);
  expect(write(Duration.seconds(amount))).toEqual(['', ['PT', { Ref: 'Amount' }, 'S']]);
});

test('milliseconds that are known at deploy only are refused, as no settings document can hold them', () => {
  const amount = new CfnParameter(new Stack(), 'Amount', { type: 'Number' }).valueAsNumber;
  expect(() => toIso8601('containerImages[0].expireAfter', Duration.millis(amount)))
    .toThrow('containerImages[0].expireAfter is a number of millis that is known at deploy only: use Duration.seconds, .minutes, .hours or .days');
});

test('less than a second is refused', () => {
  expect(() => toIso8601('safetyAge', Duration.millis(1500))).toThrow('safetyAge is 1 second 500 millis: expected whole seconds, minutes, hours or days');
});
