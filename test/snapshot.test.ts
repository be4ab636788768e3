import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { APPS, stackOf } from './apps';

// The bundle changes with every change of the engine, which is no change of the construct.
expect.addSnapshotSerializer({
  test: (value) => typeof value === 'string' && /[0-9a-f]{64}\.(zip|json)/.test(value),
  serialize: (value: string, config, indentation, depth, refs, printer) => (
    printer(value.replace(/[0-9a-f]{64}\.(zip|json)/g, 'HASH.$1'), config, indentation, depth, refs)
  ),
});

test.each(APPS)('%s has this template', (_name, build) => {
  expect(Template.fromStack(stackOf(new App(), build)).toJSON()).toMatchSnapshot();
});
