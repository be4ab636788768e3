import { Annotations, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Adds the statements to the role; says what is missing when the role takes none. */
export function grantStatements(scope: Construct, role: iam.IRole, statements: readonly iam.PolicyStatement[]): void {
  const taken = statements.map((statement) => isTaken(role, role.addToPrincipalPolicy(statement)));
  if (taken.every((each) => each)) return;
  const actions = [...new Set(statements.flatMap((statement) => statement.actions))].sort();
  Annotations.of(scope).addWarningV2(
    'image-janitor:rolePolicyNotChanged',
    `role ${role.node.path} takes no policies from this app: make sure that it allows ${actions.join(', ')}, and writing to the log group`,
  );
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
