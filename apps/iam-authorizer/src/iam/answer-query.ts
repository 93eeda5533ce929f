/** One request to IAM or STS: who is it, may they, and then it is done. */
import { Refused } from '@firesteel/decider/refused';
import { metaOf } from '@firesteel/http/caller';
import {
  type AuthorizeOptions,
  type Identified,
  identify,
  judge,
  type Refusal,
  type SignedQuestion,
  settle,
  sharedContext,
} from '../authorize/authorize.ts';
import { findAction, type QueryService } from './actions.ts';
import type { Action, Call, Need } from './call.ts';
import { type IamCode, IamRefused } from './iam-refused.ts';
import type { Input } from './input.ts';

/** What the gateway asks: a signed request, and what it reads in it. */
export type QueryQuestion = SignedQuestion & {
  readonly service: QueryService;
  readonly operation: string;
  readonly input: Input;
};

export type QueryAnswer = { readonly allowed: true; readonly output: object } | Refusal;

/** Statuses of the codes in IAM's and STS' service models. */
const statusOf: Readonly<Record<IamCode, number>> = {
  NoSuchEntity: 404,
  EntityAlreadyExists: 409,
  DeleteConflict: 409,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  PackedPolicyTooLarge: 400,
  InvalidInput: 400,
  InvalidParameterValue: 400,
  UnmodifiableEntity: 400,
  PolicyNotAttachable: 400,
  PasswordPolicyViolation: 400,
  InvalidUserType: 400,
  InvalidAuthenticationCode: 403,
  ReportNotPresent: 410,
  ReportExpired: 410,
  ValidationError: 400,
  InvalidAction: 400,
  AccessDenied: 403,
};

const refusal = ({ code, message }: IamRefused): Refusal => ({
  allowed: false,
  code,
  status: statusOf[code],
  message,
});

/** IAM's and STS' own refusals are answers; everything else is none. */
async function refusedOr<Result>(work: () => Promise<Result>): Promise<Result | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IamRefused) return refusal(error);
    throw error;
  }
}

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && 'allowed' in value && value.allowed === false;

/** The decisions of an action, or that it cannot be asked for so: that is a fact too. */
async function decide(
  question: QueryQuestion,
  action: Action,
  call: Call,
  options: AuthorizeOptions,
): Promise<Refusal | undefined> {
  const { service, operation, input } = question;
  const named = `${service}:${operation}`;
  const needs = await refusedOr(() => action.needs(input, call));
  if (isRefusal(needs)) {
    const odd = { action: named, resource: '*', allowed: false, message: needs.message };
    await settle(question, call.caller, [{ ...odd, decidedBy: needs.code }], options);
    return needs;
  }
  const shared = sharedContext(question, call.caller, options.now());
  // What an action knows of itself counts before what is so of every request: a code that came with it.
  const judgeNeed = ({ action: other, context, ...need }: Need) =>
    judge(call.caller, { ...need, action: other ?? named, context: { ...shared, ...context } });
  const judged = needs.map(judgeNeed);
  const free = {
    action: named,
    resource: '*',
    allowed: true,
    decidedBy: 'everyone may ask',
    message: '',
  };
  return settle(question, call.caller, judged.length === 0 ? [free] : judged, options);
}

/** Does what is asked, once every decision it needs is good and durable. */
async function perform(
  question: QueryQuestion,
  action: Action,
  identified: Identified,
  options: AuthorizeOptions,
): Promise<QueryAnswer> {
  const { caller } = identified;
  const { requestId } = question;
  const call: Call = {
    em: options.em.fork(),
    caller,
    identities: options.identities,
    policies: options.policies,
    masterKey: options.masterKey,
    now: options.now(),
    inLog: options.inLog,
    meta: metaOf({ accountId: caller.accountId, principal: caller.principal.arn, requestId }),
  };
  const denied = await decide(question, action, call, options);
  if (denied) return denied;
  const output = await refusedOr(() => action.answer(question.input, call));
  return isRefusal(output) ? output : { allowed: true, output };
}

/** @throws Refused when the gateway asks for what its model does not have */
export async function answerQuery(
  question: QueryQuestion,
  options: AuthorizeOptions,
): Promise<QueryAnswer> {
  const { service, operation } = question;
  const action = findAction(service, operation);
  if (!action) throw new Refused('Invalid', `${operation} is no action of ${service} here.`);
  const access = { action: `${service}:${operation}`, resource: '*' };
  const identified = await identify(question, access, options);
  return identified.ok ? perform(question, action, identified, options) : identified.refusal;
}
