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

/** The long-term key, or the unique id of the role whose session it is; undefined for who has neither. */
function usedBy({ accessKeyId, principal }: Caller): Partial<AccessDecision> | undefined {
  if (accessKeyId !== null) return { accessKeyId };
  const [roleId] = principal.kind === 'role-session' ? (principal.userId?.split(':') ?? []) : [];
  return roleId === undefined ? undefined : { roleId };
}

/** What was used and where, for GetAccessKeyLastUsed and RoleLastUsed. */
function useOf(caller: Caller | null, { request }: Asked): Partial<AccessDecision> {
  const used = caller && usedBy(caller);
  return used
    ? { ...used, ...(request ? { region: kept(request.region, longestRegion) } : {}) }
    : {};
}

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
    ...useOf(caller, asked),
  });
