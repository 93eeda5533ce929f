/** One call, one answer, one fact: who is it, and may they. */
import type { SignatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import { signatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { AccessDecision } from '@firesteel/contracts/events';
import { load } from '@firesteel/event-store/aggregate';
import { type Caller, type Decision, decideAccess } from '../decision/decide.ts';
import { servicePrincipal, trusts } from '../role/trust.ts';
import { roleIdOf, roles } from '../tables.ts';
import { type AuthenticateOptions, type Authentication, authenticate } from './authenticate.ts';

/** What the gateway asks. */
export type Question = {
  /** Null when the request carries no usable signature; then `failure` says why. */
  readonly request: SignedRequest | null;
  readonly failure?: SignatureFailure | undefined;
  readonly bodySha256?: string | undefined;
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  readonly sourceIp: string;
  readonly requestId: string;
  /** The role a StartJobRun hands to the service. */
  readonly passRole?: { readonly roleArn: string } | undefined;
};

export type AuthorizeOptions = AuthenticateOptions & {
  readonly record: (decision: AccessDecision) => Promise<void>;
};

const longestAction = 128;
const longestResource = 1_024;

/** Text as the log can hold it: PostgreSQL's JSON has no NUL and no halves of characters. */
const kept = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll('\u0000', '\ufffd').toWellFormed();

const roleName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** Whether a role is there and lets the service assume it. */
export async function assumable(
  { em }: Pick<AuthenticateOptions, 'em'>,
  accountId: string,
  roleArn: string,
): Promise<boolean> {
  const { state } = await load(em, roles, roleIdOf(accountId, roleName(roleArn)));
  return (
    state.exists &&
    state.arn === roleArn &&
    trusts(state.assumeRolePolicyDocument, servicePrincipal)
  );
}

function decide(caller: Caller, question: Question): Decision & { readonly message: string } {
  const { action, resource, passRole } = question;
  if (passRole && accountOf(passRole.roleArn) !== caller.accountId) {
    const message = 'Cross-account pass role is not allowed.';
    return { allowed: false, decidedBy: message, message };
  }
  const message = `User: ${caller.principal} is not authorized to perform: ${action} on resource: ${resource}`;
  return { ...decideAccess(caller, { action, resource }), message };
}

const isCaller = (
  authentication: Authentication,
): authentication is Extract<Authentication, { ok: true }> => authentication.ok;

/** S3 names its denial differently. */
const deniedCode = (service: string): string =>
  service === 's3' || service === 'iam' || service === 'sts'
    ? 'AccessDenied'
    : 'AccessDeniedException';

/** Answers a question, after its fact is durable. */
export async function authorize(question: Question, options: AuthorizeOptions) {
  const { request, failure, bodySha256, service, action, resource, sourceIp, requestId } = question;
  const at = options.now().toISOString();
  const authentication: Authentication =
    request === null
      ? (failure ?? signatureFailure(service, 'missing'))
      : await authenticate(request, service, bodySha256, options);
  // Anybody can ask for anything: what is kept of it stays small and fails nobody else's batch.
  const fact = {
    requestId,
    service: kept(service, longestAction),
    action: kept(action, longestAction),
    resource: kept(resource, longestResource),
    sourceIp,
    at,
  };
  if (!isCaller(authentication)) {
    const { code, status, message } = authentication;
    await options.record({
      ...fact,
      accountId: null,
      principal: null,
      allowed: false,
      decidedBy: code,
    });
    return { allowed: false as const, code, status, message };
  }
  const { caller, seal } = authentication;
  const { accountId, principal } = caller;
  const { allowed, decidedBy, message } = decide(caller, question);
  await options.record({ ...fact, accountId, principal, allowed, decidedBy });
  if (!allowed)
    return {
      allowed: false as const,
      code: deniedCode(service),
      status: 403,
      message,
      accountId,
      principal,
    };
  const { passRole } = question;
  return {
    allowed: true as const,
    accountId,
    principal,
    seal,
    ...(passRole
      ? { executionRoleAssumable: await assumable(options, accountId, passRole.roleArn) }
      : {}),
  };
}
