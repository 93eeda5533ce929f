/** One call, one answer, one fact: who is it, and may they. */
import type { SignatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import { signatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { EntityManager } from '@mikro-orm/postgresql';
import { factsOf } from '../access/facts.ts';
import type { Journal } from '../access/journal.ts';
import { bucketInForce } from '../bucket-policy/bucket-policies-in-force.ts';
import {
  contextOf,
  dependsOnResourceTags,
  resourceTagContext,
  resourceTagOf,
} from '../decision/context.ts';
import {
  type AccessRequest,
  accountOf,
  type Caller,
  type Context,
  completeArn,
  countingBucket,
  type Decision,
  decideAccess,
  type OpenedBucket,
} from '../decision/decide.ts';
import { assumableBy, servicePrincipal } from '../role/trust.ts';
import { type AuthenticateOptions, type Authentication, authenticate } from './authenticate.ts';
import type { DeferredKeys } from './deferred-keys.ts';

/** A request as the gateway received it. */
export type SignedQuestion = {
  /** Null when the request carries no usable signature; then `failure` says why. */
  readonly request: SignedRequest | null;
  readonly failure?: SignatureFailure | undefined;
  readonly bodySha256?: string | undefined;
  readonly service: string;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Condition keys that the gateway knows. */
  readonly context?: Context | undefined;
};

/** One decision that the gateway asks for. */
type Access = Pick<AccessRequest, 'action' | 'resource' | 'reach'>;

/** What the gateway asks. */
export type Question = SignedQuestion &
  Access & {
    /** The role a StartJobRun hands to the service. */
    readonly passRole?: { readonly roleArn: string } | undefined;
    /** Reading what a copy is made from: a decision, and a fact, of its own. */
    readonly copySource?: Access | undefined;
    /**
     * Tags of the resource, or of what a copy is made from: null when it may have some that the gateway will read
     * if a policy needs them.
     */
    readonly resourceTags?: Readonly<Record<string, string>> | null | undefined;
  };

export type AuthorizeOptions = AuthenticateOptions & {
  readonly em: EntityManager;
  readonly deferred: DeferredKeys;
  readonly record: Journal['record'];
  readonly inLog: Journal['inLog'];
};

/** A caller whose signature was good. */
export type Identified = Extract<Authentication, { ok: true }>;

/** The refusal of who is not known, after its fact is durable; else who it is. */
export async function identify(
  question: SignedQuestion,
  access: Pick<AccessRequest, 'action' | 'resource'>,
  options: AuthorizeOptions,
): Promise<Identified | { readonly ok: false; readonly refusal: Refusal }> {
  const { request, failure, bodySha256, service } = question;
  const authentication =
    request === null
      ? (failure ?? signatureFailure(service, 'missing'))
      : await authenticate(request, service, bodySha256, options);
  if (authentication.ok) return authentication;
  const {
    code,
    status,
    message,
    decidedBy = code,
  } = authentication as Exclude<Authentication, Identified>;
  const fact = factsOf(question, options.now());
  await options.record(fact(access, null, { allowed: false, decidedBy }));
  return { ok: false, refusal: { allowed: false, code, status, message } };
}

/** An answer that the client reads in its protocol's words. */
export type Refusal = {
  readonly allowed: false;
  readonly code: string;
  readonly status: number;
  readonly message: string;
};

export type Judged = AccessRequest & Decision;

/** One decision of a request, its resource's account filled in. */
export const judge = (caller: Caller, access: AccessRequest): Judged => ({
  ...access,
  resource: completeArn(access.resource, caller.accountId),
  ...decideAccess(caller, access),
});

/** Writes every decision down, then answers the first denial. */
export async function settle(
  question: SignedQuestion,
  caller: Caller,
  judged: readonly Judged[],
  options: AuthorizeOptions,
): Promise<Refusal | undefined> {
  const fact = factsOf(question, options.now());
  await Promise.all(judged.map((each) => options.record(fact(each, caller, each))));
  const denied = judged.find(({ allowed }) => !allowed);
  return (
    denied && {
      allowed: false,
      code: deniedCode(question.service),
      status: 403,
      message: denied.message,
    }
  );
}

/** S3 and the query protocol name their denial differently. */
const deniedCode = (service: string): string =>
  service === 's3' || service === 'iam' || service === 'sts'
    ? 'AccessDenied'
    : 'AccessDeniedException';

/** The keys of every decision of a request. */
export const sharedContext = (
  { sourceIp, request, context = {} }: SignedQuestion,
  caller: Caller,
  now: Date,
): Context => ({ ...context, ...contextOf(caller, { sourceIp, region: request?.region, now }) });

/** Handing a role to the service; roles of other accounts may be handed over by nobody. */
function judgePassing(caller: Caller, roleArn: string, context: Context): Judged {
  const access = { action: 'iam:PassRole', resource: roleArn };
  if (accountOf(roleArn) !== caller.accountId) {
    const message = 'Cross-account pass role is not allowed.';
    return { ...access, allowed: false, decidedBy: message, message };
  }
  return judge(caller, {
    ...access,
    context: { ...context, 'iam:PassedToService': servicePrincipal },
  });
}

/** What conditions on tags are about: what a copy is made from, else what is asked for. */
const taggedOf = ({ copySource, action, resource }: Question): Access =>
  copySource ?? { action, resource };

/** Everything the request needs, each with its decision. */
function judgeAll(
  caller: Caller,
  question: Question,
  context: Context,
  options: AuthorizeOptions,
): readonly Judged[] {
  const { action, resource, reach, passRole, copySource, resourceTags } = question;
  const called = resourceTagOf(taggedOf(question).action);
  const tagged = { ...context, ...resourceTagContext(resourceTags ?? {}, called) };
  const judgeOn = (access: Access, context: Context): Judged =>
    judge(caller, { ...access, context, bucket: bucketInForce(access.resource, options) });
  return [
    judgeOn({ action, resource, reach }, copySource ? context : tagged),
    ...(copySource ? [judgeOn(copySource, tagged)] : []),
    ...(passRole ? [judgePassing(caller, passRole.roleArn, context)] : []),
  ];
}

/** Whether the service may assume the role that is passed, on behalf of the application. */
const isAssumable = (
  { resource, passRole }: Question,
  caller: Caller,
  options: AuthorizeOptions,
): boolean =>
  assumableBy(options, {
    accountId: caller.accountId,
    roleArn: passRole?.roleArn ?? '',
    sourceArn: completeArn(resource, caller.accountId),
  }) !== undefined;

type Opened = { readonly opened?: readonly OpenedBucket[] };

/** The buckets of other accounts that a request was let into, one or both ends of a copy. */
function openedBy(judged: readonly Judged[]): Opened {
  const opened = judged.flatMap((each) => each.opened ?? []);
  return opened.length === 0 ? {} : { opened };
}

/** Whether a policy looks at tags that are yet to be read, and of whose bucket; undefined when none does. */
function tagsNeeded(
  caller: Caller,
  question: Question,
  options: AuthorizeOptions,
): ({ readonly allowed: null; readonly needs: 'resourceTags' } & Opened) | undefined {
  if (question.resourceTags !== null) return undefined;
  const { action, resource } = taggedOf(question);
  const found = countingBucket(caller, { action, bucket: bucketInForce(resource, options) });
  if (!dependsOnResourceTags(caller, action, found ? [found.policy] : [])) return undefined;
  const theirs = found && found.accountId !== caller.accountId ? found : undefined;
  return {
    allowed: null,
    needs: 'resourceTags',
    ...(theirs ? { opened: [{ bucket: theirs.bucket, accountId: theirs.accountId }] } : {}),
  };
}

/** Answers a question, after its facts are durable. */
export async function authorize(question: Question, options: AuthorizeOptions) {
  const identified = await identify(question, question, options);
  if (!identified.ok) return identified.refusal;
  const { caller, seal } = identified;
  const who = { accountId: caller.accountId, principal: caller.principal.arn };
  // Asked again with the tags, it is decided; nothing is yet, and there is no fact.
  const needed = tagsNeeded(caller, question, options);
  if (needed) return { ...needed, ...who };
  const context = sharedContext(question, caller, options.now());
  const judged = judgeAll(caller, question, context, options);
  const refusal = await settle(question, caller, judged, options);
  if (refusal) return { ...refusal, ...who };
  if (question.reach?.kind === 'keysInBody') options.deferred.remember(question.requestId, context);
  return {
    allowed: true as const,
    ...who,
    seal,
    ...openedBy(judged),
    ...(question.passRole
      ? { executionRoleAssumable: isAssumable(question, caller, options) }
      : {}),
  };
}
