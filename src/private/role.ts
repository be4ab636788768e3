import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { START_CONDITIONS } from './codebuild-runner';
import type { RunnerConfig } from '../runner';

/** Adds the statements to the role; says what is missing when the role takes none. */
export function grantStatements(scope: Construct, role: iam.IRole, statements: readonly iam.PolicyStatement[]): void {
  const taken = statements.map((statement) => isTaken(role, role.addToPrincipalPolicy(statement)));
  if (taken.every((each) => each)) return;
  const actions = [...new Set(statements.flatMap((statement) => statement.actions))].sort();
  Annotations.of(scope).addWarningV2(
    'image-janitor:rolePolicyNotChanged',
    `role ${role.node.path} takes no policies from this app: make sure that it allows ${actions.join(', ')}, writing to the log group and sqs:SendMessage to the dead-letter queue`,
  );
}

/** Lets the grantee start what has no policy of its own, or says why it cannot: a grant that does nothing is found out when it is needed. */
export function grantStart(scope: Construct, { arn, codeBuildProject, startAction }: RunnerConfig, grantee: iam.IGrantable): iam.Grant {
  const { principalAccount } = grantee.grantPrincipal;
  const { account } = Stack.of(scope);
  const areKnown = principalAccount !== undefined && !Token.isUnresolved(principalAccount) && !Token.isUnresolved(account);
  const isElsewhere = areKnown && principalAccount !== account;
  const grant = isElsewhere ? undefined : iam.Grant.addToPrincipal({
    grantee,
    actions: [startAction],
    resourceArns: [arn],
    conditions: codeBuildProject && START_CONDITIONS,
  });
  if (grant?.success) return grant;
  const reason = codeBuildProject ? 'a build project has no policy of its own' : 'what the runner starts has no policy that the janitor could change';
  throw new Error(`${String(grantee.grantPrincipal)} cannot be granted ${startAction}, as ${reason}: grant it to a role of this account`);
}

/** An immutable role pretends that it took the statement, so that grants do not turn to the resources instead. */
function isTaken(role: iam.IRole, result: iam.AddToPrincipalPolicyResult): boolean {
  if (!result.statementAdded) return false;
  if (role instanceof iam.Role || role instanceof iam.LazyRole) return true;
  const policy = result.policyDependable;
  if (!(policy instanceof iam.Policy)) return false;
  const [theirs, ours] = [role.env.account, policy.env.account];
  return Token.isUnresolved(theirs) || Token.isUnresolved(ours) || theirs === ours;
}
