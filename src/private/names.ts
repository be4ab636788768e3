import { Names, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * What the janitor is called in reports and metrics. The path alone would not do: two deployments of one app, to stacks of other names,
 * have the same paths.
 */
export function janitorName(scope: Construct): string {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(stack.stackName)) return scope.node.path;
  return [stack.stackName, ...scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id)].join('/');
}

/**
 * Where the janitor's record is in a bucket that others may use too. It becomes part of an ARN in a policy, so it holds no character
 * that means anything there, as a path might.
 */
export function recordPrefix(scope: Construct): string {
  const stack = Stack.of(scope);
  return [stack.account, stack.region, stack.stackName, Names.uniqueResourceName(scope, {})].join('/');
}
