/** Checks calls against the identity policies of the caller's role, by IAM simulation. */
import { createRequire } from 'node:module';
import { AwsError, type Call } from './call';
import type { Principal } from './principals';
import { requiredPermissions, type RequiredPermission } from './required-permissions';

type Decision = 'allowed' | 'implicit-deny' | 'explicit-deny';

/** Of the simulator: the little that is used, because it is not always there to take the types from. */
interface Simulator {
  runSimulation(simulation: object, options: object): Promise<{ resultType: string; overallResult?: string; errors?: { message: string } }>;
  runUnsafeSimulation(simulation: object, options: object): string | { result: string };
}

export class Authorization {
  /**
   * `unavailable` where the simulator is not installed (it is a development dependency, licensed AGPL-3.0, that is never bundled):
   * then every caller may do everything.
   */
  readonly mode: 'simulated' | 'unavailable';
  private readonly simulator: Simulator | undefined;
  /** By the policies themselves: new policies, new decisions. */
  private readonly decisions = new WeakMap<object, Map<string, Promise<Decision>>>();

  constructor() {
    this.simulator = loadSimulator();
    this.mode = this.simulator ? 'simulated' : 'unavailable';
  }

  /** Throws what AWS answers to a call that is not allowed. */
  async check(call: Call): Promise<void> {
    for (const permission of requiredPermissions(call)) {
      const decision = await this.decide(call.principal, permission);
      if (decision !== 'allowed') throw accessDenied(call, permission, decision);
    }
  }

  async allows(principal: Principal, action: string, resource: string): Promise<boolean> {
    return await this.decide(principal, { action, resource, context: {} }) === 'allowed';
  }

  /** What the service answers when it denies the call, whatever the policies say. */
  denial(call: Call): AwsError {
    const permission = requiredPermissions(call)[0] ?? { action: `${call.service.toLowerCase()}:${call.operation}`, resource: '*', context: {} };
    return accessDenied(call, permission, 'implicit-deny');
  }

  private async decide(principal: Principal, permission: RequiredPermission): Promise<Decision> {
    const owner = /^arn:[^:]+:ecr:[^:]*:(\d{12}):/.exec(permission.resource)?.[1];
    // Another account's registry answers only to those that its repository policies name; there are none here.
    if (owner && owner !== principal.account) return 'implicit-deny';
    if (!principal.policies || !this.simulator) return 'allowed';
    const key = JSON.stringify([principal.id, permission.action, permission.resource, permission.context]);
    let known = this.decisions.get(principal.policies);
    if (!known) this.decisions.set(principal.policies, (known = new Map()));
    let decision = known.get(key);
    if (!decision) known.set(key, (decision = simulate(this.simulator, principal, permission)));
    return decision;
  }
}

async function simulate(simulator: Simulator, principal: Principal, { action, resource, context }: RequiredPermission): Promise<Decision> {
  const simulation = {
    request: {
      principal: principal.arn,
      action,
      // To the simulator, a `*` inside an ARN asks whether any resource is allowed; AWS asks for all of them.
      resource: { resource: resource === '*' ? '*' : resource.replace(/\*/g, 'every-one-of-them'), accountId: principal.account },
      contextVariables: context,
    },
    identityPolicies: (principal.policies ?? []).map((policy, position) => ({ name: `policy-${position}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  const answer = await simulator.runSimulation(simulation, {});
  if (answer.resultType !== 'error') return decisionOf(answer.overallResult);
  // Its resource types overlap (AppConfig's do): evaluated without telling them apart.
  if (answer.errors?.message === 'multiple.resource.types') {
    const result = simulator.runUnsafeSimulation(simulation, {});
    return decisionOf(typeof result === 'string' ? result : result.result);
  }
  throw new Error(`the policies of ${principal.roleArn} cannot be evaluated for ${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
}

function decisionOf(result: string | undefined): Decision {
  if (result === 'Allowed') return 'allowed';
  return result === 'ExplicitlyDenied' ? 'explicit-deny' : 'implicit-deny';
}

/** Services differ in the code and the status, not in the words. */
function accessDenied({ service, principal }: Call, { action, resource }: RequiredPermission, decision: Decision): AwsError {
  const why = decision === 'explicit-deny' ? 'with an explicit deny in an identity-based policy' : `because no identity-based policy allows the ${action} action`;
  const target = service === 'S3' ? `"${resource}"` : resource;
  const code = service === 'S3' || service === 'STS' ? 'AccessDenied' : 'AccessDeniedException';
  const status = service === 'ECR' || service === 'ECS' ? 400 : 403;
  return new AwsError(code, `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${target} ${why}`, status);
}

function loadSimulator(): Simulator | undefined {
  try {
    return createRequire(__filename)('@cloud-copilot/iam-simulate') as Simulator;
  } catch {
    return undefined;
  }
}
