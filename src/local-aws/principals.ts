/** Who may call: roles, the sessions of roles, and the dummy credentials that tell the sessions apart. Signatures are not verified. */
import { createHash } from 'node:crypto';
import { AwsError } from './call';

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: unknown;
}

export interface PrincipalOptions {
  readonly roleName: string;
  /** Identity policies; none at all means administrator. */
  readonly policies?: readonly PolicyDocument[];
  /** The world's own account by default. */
  readonly account?: string;
  readonly sessionName?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountId: string;
}

/** The session of a role. */
export interface Principal {
  /** Its access key: no two sessions share one. */
  readonly id: string;
  readonly account: string;
  readonly roleName: string;
  readonly roleArn: string;
  /** ARN of the session. */
  readonly arn: string;
  readonly userId: string;
  readonly policies?: readonly PolicyDocument[];
  readonly directory: PrincipalDirectory;
}

interface Role {
  readonly account: string;
  readonly name: string;
  readonly arn: string;
  policies?: readonly PolicyDocument[];
}

export class PrincipalDirectory {
  private readonly roles = new Map<string, Role>();
  private readonly byAccessKey = new Map<string, Principal>();
  private counter = 0;

  constructor(private readonly partition: string, private readonly account: string) {}

  /** Creates the role, or replaces its policies. */
  addRole(options: PrincipalOptions): { readonly arn: string } {
    const account = options.account ?? this.account;
    const arn = `arn:${this.partition}:iam::${account}:role/${options.roleName}`;
    const role = this.roles.get(arn);
    // Sessions that are open see the new policies, as on AWS.
    if (role) role.policies = options.policies;
    else this.roles.set(arn, { account, name: options.roleName, arn, policies: options.policies });
    return { arn };
  }

  credentialsFor(options: PrincipalOptions): Credentials {
    const { arn } = this.addRole(options);
    return this.session(this.roles.get(arn)!, options.sessionName ?? 'session').credentials;
  }

  /** New credentials for a role that is there, by its ARN. */
  credentialsForRole(roleArn: string, sessionName = 'session'): Credentials {
    const role = this.roles.get(roleArn);
    if (!role) throw new Error(`there is no role ${roleArn}`);
    return this.session(role, sessionName).credentials;
  }

  /** The caller that an access key belongs to. */
  find(accessKeyId: string | undefined): Principal | undefined {
    return accessKeyId === undefined ? undefined : this.byAccessKey.get(accessKeyId);
  }

  assume(caller: Principal, roleArn: string, sessionName: string): { credentials: Credentials; assumed: Principal } {
    const role = this.roles.get(roleArn);
    if (!role) {
      throw new AwsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`, 403);
    }
    const { credentials, principal } = this.session(role, sessionName);
    return { credentials, assumed: principal };
  }

  private session(role: Role, sessionName: string): { credentials: Credentials; principal: Principal } {
    const seed = createHash('sha256').update(`${role.arn}/${sessionName}/${++this.counter}`).digest('hex').toUpperCase();
    const credentials = {
      accessKeyId: `ASIA${seed.slice(0, 16)}`,
      secretAccessKey: `local-${seed.slice(16, 50)}`,
      sessionToken: `local-${seed.slice(0, 32)}`,
      accountId: role.account,
    };
    const roleId = `AROA${createHash('sha256').update(role.arn).digest('hex').toUpperCase().slice(0, 17)}`;
    const principal: Principal = {
      id: credentials.accessKeyId,
      account: role.account,
      roleName: role.name,
      roleArn: role.arn,
      arn: `arn:${this.partition}:sts::${role.account}:assumed-role/${role.name.split('/').pop()}/${sessionName}`,
      userId: `${roleId}:${sessionName}`,
      get policies() { return role.policies; },
      directory: this,
    };
    this.byAccessKey.set(credentials.accessKeyId, principal);
    return { credentials, principal };
  }
}
