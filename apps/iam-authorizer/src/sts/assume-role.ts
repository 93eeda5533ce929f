/** STS AssumeRole (STS API reference; session tags and source identity: IAM user guide, id_session-tags, id_credentials_temp_control-access_monitor). */
import type { IamTag } from '@firesteel/contracts/events';
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import { mfaContext, requestTagContext, resourceTagContext } from '../decision/context.ts';
import { accountOf, type Context } from '../decision/decide.ts';
import type { Action, Call, Need } from '../iam/call.ts';
import { IamRefused } from '../iam/iam-refused.ts';
import { type Input, optionalNumber, optionalText, tagsOf, text, texts } from '../iam/input.ts';
import { requireTags, tagRecord } from '../identity/tags.ts';
import type { Role } from '../role/role.ts';
import { issueSession, plainRoleSession, type RoleClaims, sessionArn } from '../session/session.ts';
import { authenticatedAtMs, requireRightCode } from './mfa.ts';
import {
  packedSize,
  type SessionLimits,
  sessionPoliciesOf,
  toCredentials,
} from './session-limits.ts';

/** Seconds of a session that asks for no number of them, and of one that a session assumes at most. */
const usualSeconds = 3_600;
const longestChainedSeconds = 3_600;

/** What the request and the session that makes it come to. */
type Wanted = SessionLimits & {
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | null;
};

/** The calling session, when a role's session assumes the next role. */
const chained = ({ caller: { session } }: Call): RoleClaims | null =>
  session?.kind === 'role' ? session : null;

/** Tags that the calling session passes on. */
const inheritedTags = (session: RoleClaims | null): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (session?.transitiveTagKeys ?? []).map((key) => [key, session?.tags[key] ?? '']),
  );

const sameKey = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Tags of the request. @throws IamRefused when they are no set, or overwrite what is inherited */
function passedTags(input: Input, inherited: Wanted['tags']): readonly IamTag[] {
  const tags = tagsOf(input);
  requireTags(tags, 'InvalidParameterValue');
  if (tags.some(({ key }) => Object.keys(inherited).some((other) => sameKey(other, key))))
    throw new IamRefused(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  return tags;
}

/** Keys of tags that the session is to pass on. @throws IamRefused for one that is not passed */
const transitiveKeys = (input: Input, tags: readonly IamTag[]): readonly string[] =>
  texts(input, 'TransitiveTagKeys').map((key) => {
    const tag = tags.find((candidate) => sameKey(candidate.key, key));
    if (!tag)
      throw new IamRefused(
        'InvalidParameterValue',
        'The specified transitive tag key must be included in the requested tags.',
      );
    return tag.key;
  });

/** Set once, it stays for every role that is assumed from there. @throws IamRefused for another one */
function sourceIdentityOf(input: Input, session: RoleClaims | null): string | null {
  const asked = optionalText(input, 'SourceIdentity') ?? null;
  const kept = session?.sourceIdentity ?? null;
  if (kept !== null && asked !== null && asked !== kept)
    throw new IamRefused('AccessDenied', 'The source identity of a session cannot be changed.');
  return kept ?? asked;
}

/** @throws IamRefused for what no session may carry */
function wantedOf(input: Input, call: Call): Wanted {
  const session = chained(call);
  const inherited = inheritedTags(session);
  const tags = passedTags(input, inherited);
  return {
    tags: { ...inherited, ...tagRecord(tags) },
    transitiveTagKeys: [...Object.keys(inherited), ...transitiveKeys(input, tags)],
    sourceIdentity: sourceIdentityOf(input, session),
    ...sessionPoliciesOf(input),
  };
}

/** @throws IamRefused for what is no ARN, in STS' words */
function requireArn(arn: string): void {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(arn))
    throw new IamRefused('ValidationError', `${arn} is invalid`);
}

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** The role of an ARN, of whatever account; undefined when there is none. */
function findRole(arn: string, { identities }: Call): Role | undefined {
  const role = identities.roleNamed(accountOf(arn) ?? '', nameIn(arn));
  return role?.arn === arn ? role : undefined;
}

function contextOf(input: Input, role: Role | undefined, wanted: Wanted): Context {
  const tags = tagRecord(tagsOf(input));
  const { transitiveTagKeys, sourceIdentity } = wanted;
  const externalId = optionalText(input, 'ExternalId');
  const seconds = optionalNumber(input, 'DurationSeconds');
  return {
    ...resourceTagContext(tagRecord(role?.tags ?? [])),
    ...(Object.keys(tags).length === 0 ? {} : requestTagContext(tags)),
    'sts:RoleSessionName': text(input, 'RoleSessionName'),
    'sts:TransitiveTagKeys': transitiveTagKeys,
    ...(externalId === undefined ? {} : { 'sts:ExternalId': externalId }),
    ...(seconds === undefined ? {} : { 'sts:DurationSeconds': String(seconds) }),
    ...(sourceIdentity === null ? {} : { 'sts:SourceIdentity': sourceIdentity }),
  };
}

/** A code counts for the call that it came with; without one, what the caller's own session has. */
function givenMFA(input: Input, call: Call): Context {
  const mfaAtMs = authenticatedAtMs(input, call);
  return mfaAtMs === null ? {} : mfaContext(mfaAtMs, call.now);
}

/** Tags and source identity need permissions of their own, on both sides. */
async function needs(input: Input, call: Call): Promise<readonly Need[]> {
  if (call.caller.principal.kind === 'root')
    throw new IamRefused('AccessDenied', 'Roles may not be assumed by root accounts.');
  const resource = text(input, 'RoleArn');
  requireArn(resource);
  const wanted = wantedOf(input, call);
  await requireRightCode(input, call);
  const role = findRole(resource, call);
  const trust: CompiledPolicy | null = role
    ? call.policies.compiled(role.assumeRolePolicyDocument, 'trust', role.roleName)
    : null;
  const context = { ...contextOf(input, role, wanted), ...givenMFA(input, call) };
  const need = (action: string): Need => ({ action: `sts:${action}`, resource, context, trust });
  return [
    need('AssumeRole'),
    ...(Object.keys(wanted.tags).length > 0 ? [need('TagSession')] : []),
    ...(wanted.sourceIdentity === null ? [] : [need('SetSourceIdentity')]),
  ];
}

/** @throws IamRefused when the session would last longer than it may */
function secondsOf(input: Input, role: Role, call: Call): number {
  const isChained = chained(call) !== null;
  const seconds = optionalNumber(input, 'DurationSeconds') ?? usualSeconds;
  if (isChained && seconds > longestChainedSeconds)
    throw new IamRefused(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  if (seconds > role.maxSessionDuration)
    throw new IamRefused(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  return seconds;
}

async function answer(input: Input, call: Call): Promise<object> {
  const role = findRole(text(input, 'RoleArn'), call);
  // It was there a moment ago, when it was decided on.
  if (!role) throw new IamRefused('AccessDenied', 'The role is not there any more.');
  const wanted = wantedOf(input, call);
  const { accountId, arn: roleArn, roleId } = role;
  const packed = await packedSize(wanted, accountId, call);
  const sessionName = text(input, 'RoleSessionName');
  const { policyArns, transitiveTagKeys, ...rest } = wanted;
  const issued = issueSession(
    call.masterKey,
    {
      ...plainRoleSession,
      ...rest,
      accountId,
      roleArn,
      roleId,
      sessionName,
      policyArns: [...policyArns],
      transitiveTagKeys: [...transitiveTagKeys],
    },
    secondsOf(input, role, call),
    call.now,
  );
  return {
    Credentials: toCredentials(issued),
    AssumedRoleUser: {
      AssumedRoleId: `${roleId}:${sessionName}`,
      Arn: sessionArn({ accountId, roleArn, sessionName }),
    },
    ...packed,
    ...(wanted.sourceIdentity === null ? {} : { SourceIdentity: wanted.sourceIdentity }),
  };
}

export const assumeRole: Action = { needs, answer };
