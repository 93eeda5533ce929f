/** Who stands behind an internal call: the gateway says it in headers, services keep it with their events. */
import { Refused } from '@firesteel/decider/refused';
import { currentTraceparent } from '@firesteel/telemetry/spans';
import type { Request } from 'express';

/** The authenticated caller of the API, as the gateway passes it on. */
export type Caller = {
  readonly accountId: string;
  /** ARN of the principal. */
  readonly principal: string;
  readonly requestId: string;
};

/** The headers a caller travels in. */
export const callerHeaders = (caller: Caller): Record<string, string> => ({
  'x-firesteel-account': caller.accountId,
  'x-firesteel-principal': caller.principal,
  'x-firesteel-request-id': caller.requestId,
});

/**
 * Reads the caller of a request.
 * @throws Refused when a header is missing: only the gateway calls these routes
 */
export function callerOf(request: Request): Caller {
  const [accountId, principal, requestId] = [
    'x-firesteel-account',
    'x-firesteel-principal',
    'x-firesteel-request-id',
  ].map((name) => request.get(name));
  if (!accountId || !principal || !requestId)
    throw new Refused('Denied', 'the request does not say on whose behalf it comes');
  return { accountId, principal, requestId };
}

/** What an event keeps of its cause. */
export const metaOf = ({ principal, requestId }: Caller) => {
  const traceparent = currentTraceparent();
  return { principal, requestId, ...(traceparent === undefined ? {} : { traceparent }) };
};
