/** Decisions as the trail keeps them. */
import type { AccessDecision } from '@firesteel/contracts/events';
import type { AccessRequest, Caller, Decision } from '../decision/decide.ts';

/** The request a decision belongs to. */
export type Asked = {
  readonly requestId: string;
  readonly service: string;
  readonly sourceIp: string;
  /** Null without a signature. */
  readonly request?: { readonly region: string } | null;
};

const longestAction = 128;
const longestResource = 1_024;
const longestReason = 512;
const longestRegion = 64;

/** Text as the log can hold it: PostgreSQL's JSON has no NUL and no halves of characters. */
const kept = (text: string, longest: number): string =>
  text.slice(0, longest).replaceAll('\u0000', '\ufffd').toWellFormed();

/** Which long-term key it was and where it was used, for GetAccessKeyLastUsed. */
const keyOf = (caller: Caller | null, { request }: Asked): Partial<AccessDecision> =>
  caller === null || caller.accessKeyId === null
    ? {}
    : {
        accessKeyId: caller.accessKeyId,
        ...(request ? { region: kept(request.region, longestRegion) } : {}),
      };

/**
 * Answers what makes a fact of each decision about one request; the caller is null where the signature
 * was not good. Anybody can ask for anything: what is kept of it stays small and fails nobody else's batch.
 */
export const factsOf =
  (asked: Asked, now: Date) =>
  (
    { action, resource }: Pick<AccessRequest, 'action' | 'resource'>,
    caller: Caller | null,
    { allowed, decidedBy }: Pick<Decision, 'allowed' | 'decidedBy'>,
  ): AccessDecision => ({
    requestId: asked.requestId,
    service: kept(asked.service, longestAction),
    action: kept(action, longestAction),
    resource: kept(resource, longestResource),
    sourceIp: asked.sourceIp,
    at: now.toISOString(),
    accountId: caller?.accountId ?? null,
    principal: caller?.principal.arn ?? null,
    allowed,
    decidedBy: kept(decidedBy, longestReason),
    ...keyOf(caller, asked),
  });
