/** STS GetFederationToken: a session in the caller's name for somebody it knows (STS API reference; IAM user guide, id_credentials_temp_control-access_getfederationtoken). */
import { requestTagContext } from '../decision/context.ts';
import type { Action, Call, Need } from '../iam/call.ts';
import { type Input, tagsOf, text } from '../iam/input.ts';
import { requireTags, tagRecord } from '../identity/tags.ts';
import { federatedUserArn, issueSession } from '../session/session.ts';
import { requireLongTermKey, userSeconds } from './long-term.ts';
import { packedSize, sessionPoliciesOf, toCredentials } from './session-limits.ts';

/** Tags need a permission of their own. */
async function needs(input: Input, call: Call): Promise<readonly Need[]> {
  requireLongTermKey('GetFederationToken', call);
  const tags = tagsOf(input);
  requireTags(tags, 'InvalidParameterValue');
  const resource = federatedUserArn(call.caller.accountId, text(input, 'Name'));
  if (tags.length === 0) return [{ resource }];
  const context = requestTagContext(tagRecord(tags));
  return [
    { resource, context },
    { action: 'sts:TagSession', resource, context },
  ];
}

async function answer(input: Input, call: Call): Promise<object> {
  const { accountId, principal } = call.caller;
  const name = text(input, 'Name');
  const limits = { ...sessionPoliciesOf(input), tags: tagRecord(tagsOf(input)) };
  const packed = await packedSize(limits, accountId, call);
  const grant = {
    kind: 'federated' as const,
    accountId,
    userId: principal.kind === 'root' ? null : principal.userId,
    name,
    ...limits,
    policyArns: [...limits.policyArns],
  };
  return {
    Credentials: toCredentials(
      issueSession(call.masterKey, grant, userSeconds(input, call), call.now),
    ),
    FederatedUser: {
      FederatedUserId: `${accountId}:${name}`,
      Arn: federatedUserArn(accountId, name),
    },
    ...packed,
  };
}

export const getFederationToken: Action = { needs, answer };
