/** STS: who somebody is, and temporary credentials (STS API reference). */
import { findKeyHolder } from '../authorize/callers.ts';
import type { Action, Actions, Call, Need } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, text } from '../iam/input.ts';
import { onAnything } from '../iam/needs.ts';
import { issueSession } from '../session/session.ts';
import { assumeRole } from './assume-role.ts';
import { getFederationToken } from './get-federation-token.ts';
import { requireLongTermKey, userSeconds } from './long-term.ts';
import { authenticatedAtMs, requireRightCode } from './mfa.ts';
import { toCredentials } from './session-limits.ts';

const getCallerIdentity = async (
  _input: Input,
  { caller: { accountId, principal } }: Call,
): Promise<object> => ({
  UserId: principal.userId ?? accountId,
  Account: accountId,
  Arn: principal.arn,
});

/** Nobody needs a permission for it. @throws IamRefused for a session, which gets no further session, and for a wrong code */
async function needsOfSessionToken(input: Input, call: Call): Promise<readonly Need[]> {
  requireLongTermKey('GetSessionToken', call);
  await requireRightCode(input, call);
  return [];
}

async function getSessionToken(input: Input, call: Call): Promise<object> {
  const { accountId, principal } = call.caller;
  const userId = principal.kind === 'root' ? null : principal.userId;
  const mfaAtMs = authenticatedAtMs(input, call);
  const grant = { kind: 'user', accountId, userId, mfaAtMs } as const;
  const issued = issueSession(call.masterKey, grant, userSeconds(input, call), call.now);
  return { Credentials: toCredentials(issued) };
}

/** AWS tells whose key it is of every account's; here other accounts' keys are not there. */
async function getAccessKeyInfo(input: Input, { identities, caller }: Call): Promise<object> {
  const holder = findKeyHolder(text(input, 'AccessKeyId'), identities);
  if (holder?.accountId !== caller.accountId)
    throw new IamRefused('ValidationError', 'The access key is not known.');
  return { Account: holder.accountId };
}

/** A federated user may ask who it is, and nothing else of STS (STS API reference, GetFederationToken). */
const notForFederated = (operation: string, { needs, answer }: Action): Action => ({
  needs: async (input, call) => {
    if (call.caller.session?.kind === 'federated')
      throw new IamRefused(
        'AccessDenied',
        `Cannot call ${operation} with the credentials of a federated user`,
      );
    return needs(input, call);
  },
  answer,
});

export const stsActions: Actions = {
  AssumeRole: notForFederated('AssumeRole', assumeRole),
  GetCallerIdentity: { needs: onAnything, answer: getCallerIdentity },
  GetSessionToken: { needs: needsOfSessionToken, answer: getSessionToken },
  GetFederationToken: getFederationToken,
  GetAccessKeyInfo: notForFederated('GetAccessKeyInfo', {
    needs: onAnything,
    answer: getAccessKeyInfo,
  }),
};
