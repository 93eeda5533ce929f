/** Decisions as the trail keeps them. */
import type { AccessDecision } from '@firesteel/contracts/events';
import type { AccessRequest, Caller, Decision } from '../decision/decide.ts';

/** The request a decision belongs to. */
export type Asked = {
  readonly requestId: string;
  readonly service: string;
  readonly sourceIp: string;
};

/** Null for both where the signature was not good. */
type Who = Pick<Caller, 'accountId' | 'principal'> | { accountId: null; principal: null };

const longestAction = 128;
const longestResource = 1_024;

/** Text as the log can hold it: PostgreSQL's JSON has no NUL and no halves of characters. */
const kept = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll('\u0000', '\ufffd').toWellFormed();

/**
 * Answers what makes a fact of each decision about one request. Anybody can ask for anything: what is
 * kept of it stays small and fails nobody else's batch.
 */
export const factsOf =
  ({ requestId, service, sourceIp }: Asked, now: Date) =>
  (
    { action, resource }: AccessRequest,
    { accountId, principal }: Who,
    { allowed, decidedBy }: Decision,
  ): AccessDecision => ({
    requestId,
    service: kept(service, longestAction),
    action: kept(action, longestAction),
    resource: kept(resource, longestResource),
    sourceIp,
    at: now.toISOString(),
    accountId,
    principal,
    allowed,
    decidedBy,
  });
