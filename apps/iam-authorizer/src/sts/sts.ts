/** STS: who somebody is, and temporary credentials (STS API reference). */
import { findKeyHolder } from '../authorize/callers.ts';
import type { Actions, Call } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, optionalNumber, optionalText, text } from '../iam/input.ts';
import { onAnything } from '../iam/needs.ts';
import { issueSession } from '../session/session.ts';
import { assumeRole, toCredentials } from './assume-role.ts';

const getCallerIdentity = async (
  _input: Input,
  { caller: { accountId, principal } }: Call,
): Promise<object> => ({
  UserId: principal.userId ?? accountId,
  Account: accountId,
  Arn: principal.arn,
});

/** Seconds of a user's session where the call does not say, and the longest of the root user's. */
const usualUserSeconds = 43_200;
const longestRootSeconds = 3_600;

/** @throws IamRefused for a session, which gets no further session */
async function getSessionToken(input: Input, call: Call): Promise<object> {
  const { accountId, principal, session } = call.caller;
  if (session !== null)
    throw new IamRefused('AccessDenied', 'Cannot call GetSessionToken with session credentials');
  if (optionalText(input, 'SerialNumber') !== undefined)
    throw new IamRefused(
      'AccessDenied',
      'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    );
  const isRoot = principal.kind === 'root';
  const asked = optionalNumber(input, 'DurationSeconds') ?? usualUserSeconds;
  const seconds = isRoot ? Math.min(asked, longestRootSeconds) : asked;
  const userId = isRoot ? null : principal.userId;
  const grant = { kind: 'user', accountId, userId } as const;
  return { Credentials: toCredentials(issueSession(call.masterKey, grant, seconds, call.now)) };
}

/** AWS tells whose key it is of every account's; here other accounts' keys are not there. */
async function getAccessKeyInfo(input: Input, { identities, caller }: Call): Promise<object> {
  const holder = findKeyHolder(text(input, 'AccessKeyId'), identities);
  if (holder?.accountId !== caller.accountId)
    throw new IamRefused('ValidationError', 'The access key is not known.');
  return { Account: holder.accountId };
}

/** Nobody needs a permission for it. */
const free = async () => [];

export const stsActions: Actions = {
  AssumeRole: assumeRole,
  GetCallerIdentity: { needs: onAnything, answer: getCallerIdentity },
  GetSessionToken: { needs: free, answer: getSessionToken },
  GetAccessKeyInfo: { needs: onAnything, answer: getAccessKeyInfo },
};
