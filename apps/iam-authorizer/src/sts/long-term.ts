/** Sessions that only long-term keys get: GetSessionToken's and GetFederationToken's. */
import type { Call } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, optionalNumber } from '../iam/input.ts';

/** Seconds of a user's session where the call does not say, and the longest of the root user's. */
const usualUserSeconds = 43_200;
const longestRootSeconds = 3_600;

/** `DurationSeconds`; the root user's sessions are cut short instead of refused (STS API reference). */
export function userSeconds(input: Input, { caller: { principal } }: Call): number {
  const asked = optionalNumber(input, 'DurationSeconds') ?? usualUserSeconds;
  return principal.kind === 'root' ? Math.min(asked, longestRootSeconds) : asked;
}

/** @throws IamRefused for a session, which gets no further session */
export function requireLongTermKey(operation: string, { caller: { session } }: Call): void {
  if (session !== null)
    throw new IamRefused('AccessDenied', `Cannot call ${operation} with session credentials`);
}
