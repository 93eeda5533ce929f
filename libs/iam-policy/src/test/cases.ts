/** Sample principals, documents and requests for the tables. */
import { type CompiledPolicy, compilePolicy } from '../compile.ts';
import { type Decision, evaluate, type Policies } from '../evaluate.ts';
import type { PolicyKind } from '../policy-kind.ts';
import type { AccessRequest, ContextValue, Principal } from '../request.ts';

/** A statement, as loose as a document may be. */
export type StatementText = Readonly<Record<string, unknown>>;
export type Context = Readonly<Record<string, ContextValue>>;

export const accountId = '123456789012';
export const otherAccountId = '999999999999';

export const user = (name = 'alice', account = accountId): Principal => ({
  kind: 'user',
  arn: `arn:aws:iam::${account}:user/${name}`,
  accountId: account,
  userId: 'AIDAEXAMPLE',
  tags: {},
});

export const roleSession = (role = 'job', session = 'run', account = accountId): Principal => ({
  kind: 'role-session',
  arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
  accountId: account,
  userId: `AROAEXAMPLE:${session}`,
  tags: {},
});

export const root = (account = accountId): Principal => ({
  kind: 'root',
  arn: `arn:aws:iam::${account}:root`,
  accountId: account,
  userId: account,
  tags: {},
});

export const federatedUser = (name: string, sessionIssuerArn: string): Principal => ({
  kind: 'federated-user',
  arn: `arn:aws:sts::${accountId}:federated-user/${name}`,
  accountId,
  userId: `${accountId}:${name}`,
  tags: {},
  sessionIssuerArn,
});

export const service = (name: string): Principal => ({
  kind: 'service',
  arn: name,
  accountId: null,
  userId: null,
  tags: {},
});

export const anonymous: Principal = {
  kind: 'anonymous',
  arn: '*',
  accountId: null,
  userId: 'anonymous',
  tags: {},
};

export const tagged = (principal: Principal, tags: Principal['tags']): Principal => ({
  ...principal,
  tags,
});

export const document = (
  statements: StatementText | readonly StatementText[],
  Version: string | undefined = '2012-10-17',
): string => JSON.stringify({ Version, Statement: statements });

export const compiled = (
  statements: StatementText | readonly StatementText[],
  kind: PolicyKind = 'managed',
  name = 'p',
): CompiledPolicy => compilePolicy(document(statements), kind, name);

export const request = (
  action: string,
  resource = '*',
  context: Context = {},
  principal: Principal = user(),
  resourceAccountId: string | null = null,
): AccessRequest => ({ principal, action, resource, resourceAccountId, context });

export const policies = (some: Partial<Policies>): Policies => ({
  identity: [],
  resource: [],
  boundary: null,
  session: null,
  ...some,
});

/** A decision by identity-based statements alone. */
export const decided = (
  statements: StatementText | readonly StatementText[],
  asked: AccessRequest,
): Decision => evaluate(asked, policies({ identity: [compiled(statements)] }));

/** `allowed`, `explicitDeny` or `implicitDeny`. */
export const outcome = (
  statements: StatementText | readonly StatementText[],
  asked: AccessRequest,
): Decision['reason'] => decided(statements, asked).reason;

/** Whether a `Condition` holds for a request. */
export const holds = (
  Condition: StatementText,
  context: Context,
  principal: Principal = user(),
): boolean =>
  outcome(
    { Effect: 'Allow', Action: '*', Resource: '*', Condition },
    request('s3:GetObject', '*', context, principal),
  ) === 'allowed';
