/** One call, one answer, one fact: who is it, and may they. */
import type { SignatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import { signatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { AccessDecision } from '@firesteel/contracts/events';
import { load } from '@firesteel/event-store/aggregate';
import { factsOf } from '../access/facts.ts';
import {
  type AccessRequest,
  type Caller,
  type Decision,
  decideAccess,
} from '../decision/decide.ts';
import { servicePrincipal, trusts } from '../role/trust.ts';
import { roleIdOf, roles } from '../tables.ts';
import { type AuthenticateOptions, type Authentication, authenticate } from './authenticate.ts';

/** What the gateway asks. */
export type Question = AccessRequest & {
  /** Null when the request carries no usable signature; then `failure` says why. */
  readonly request: SignedRequest | null;
  readonly failure?: SignatureFailure | undefined;
  readonly bodySha256?: string | undefined;
  readonly service: string;
  readonly sourceIp: string;
  readonly requestId: string;
  /** The role a StartJobRun hands to the service. */
  readonly passRole?: { readonly roleArn: string } | undefined;
  /** Reading what a copy is made from: a decision, and a fact, of its own. */
  readonly copySource?: AccessRequest | undefined;
};

export type AuthorizeOptions = AuthenticateOptions & {
  readonly record: (decision: AccessDecision) => Promise<void>;
};

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

type Judged = AccessRequest & Decision & { readonly message: string };

function judge(caller: Caller, { action, resource, reach }: AccessRequest): Judged {
  const message = `User: ${caller.principal} is not authorized to perform: ${action} on resource: ${resource}`;
  const decision = decideAccess(caller, { action, resource, reach });
  return { action, resource, ...decision, message };
}

/** Everything the request needs, each with its decision. */
function judgeAll(caller: Caller, question: Question): readonly Judged[] {
  const { passRole, copySource } = question;
  if (passRole && accountOf(passRole.roleArn) !== caller.accountId) {
    const message = 'Cross-account pass role is not allowed.';
    const { action, resource } = question;
    return [{ action, resource, allowed: false, decidedBy: message, message }];
  }
  return [question, ...(copySource ? [copySource] : [])].map((access) => judge(caller, access));
}

const isCaller = (
  authentication: Authentication,
): authentication is Extract<Authentication, { ok: true }> => authentication.ok;

/** S3 names its denial differently. */
const deniedCode = (service: string): string =>
  service === 's3' || service === 'iam' || service === 'sts'
    ? 'AccessDenied'
    : 'AccessDeniedException';

/** Answers a question, after its facts are durable. */
export async function authorize(question: Question, options: AuthorizeOptions) {
  const { request, failure, bodySha256, service, passRole } = question;
  const fact = factsOf(question, options.now());
  const authentication: Authentication =
    request === null
      ? (failure ?? signatureFailure(service, 'missing'))
      : await authenticate(request, service, bodySha256, options);
  if (!isCaller(authentication)) {
    const { code, status, message, decidedBy = code } = authentication;
    const unknown = { accountId: null, principal: null };
    await options.record(fact(question, unknown, { allowed: false, decidedBy }));
    return { allowed: false as const, code, status, message };
  }
  const { caller, seal } = authentication;
  const { accountId, principal } = caller;
  const judged = judgeAll(caller, question);
  await Promise.all(judged.map((each) => options.record(fact(each, caller, each))));
  const denied = judged.find(({ allowed }) => !allowed);
  if (denied)
    return {
      allowed: false as const,
      code: deniedCode(service),
      status: 403,
      message: denied.message,
      accountId,
      principal,
    };
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
