/** Condition keys that every request has (IAM user guide, reference_policies_condition-keys). */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import { mfaAtMsOf } from '../session/session.ts';
import type { Caller, Context } from './decide.ts';

/** What of a request all of its decisions share. */
export type Circumstances = {
  /** As the connection shows it; an IPv4 address may look like `::ffff:192.0.2.1`. */
  readonly sourceIp: string;
  /** The region that was signed for. */
  readonly region: string | undefined;
  readonly now: Date;
};

const seconds = (ms: number): string => String(Math.floor(ms / 1_000));

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Whether, and how long ago, a code of an MFA device was given for temporary credentials; long-term keys have none of these. */
export const mfaContext = (mfaAtMs: number | null, now: Date): Context =>
  mfaAtMs === null
    ? { 'aws:MultiFactorAuthPresent': 'false' }
    : {
        'aws:MultiFactorAuthPresent': 'true',
        'aws:MultiFactorAuthAge': seconds(now.getTime() - mfaAtMs),
      };

/** Temporary credentials have a time of issue. */
function contextOfSession({ session }: Caller, now: Date): Context {
  if (session === null) return {};
  const identity = session.kind === 'role' ? session.sourceIdentity : null;
  return {
    'aws:TokenIssueTime': iso(session.issuedAtMs),
    ...mfaContext(mfaAtMsOf(session), now),
    ...(identity === null ? {} : { 'aws:SourceIdentity': identity }),
  };
}

/** The keys that follow from when, from where and with what a request was made. */
export const contextOf = (caller: Caller, { sourceIp, region, now }: Circumstances): Context => ({
  'aws:CurrentTime': iso(now.getTime()),
  'aws:EpochTime': seconds(now.getTime()),
  'aws:ViaAWSService': 'false',
  ...(sourceIp === '' ? {} : { 'aws:SourceIp': sourceIp.replace(/^::ffff:(?=\d+\.)/i, '') }),
  ...(region === undefined ? {} : { 'aws:RequestedRegion': region }),
  ...contextOfSession(caller, now),
});

/** What conditions call a tag of a resource; S3 has a name of its own for those of objects. */
export const resourceTagOf = (action: string): string =>
  action.toLowerCase().startsWith('s3:') ? 's3:ExistingObjectTag/' : 'aws:ResourceTag/';

/** `aws:ResourceTag/<key>` for each tag, or what they are called otherwise. */
export const resourceTagContext = (
  tags: Readonly<Record<string, string>>,
  called = 'aws:ResourceTag/',
): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${called}${key}`, value]));

/** `aws:RequestTag/<key>` for each tag, and all keys together. */
export const requestTagContext = (tags: Readonly<Record<string, string>>): Context => ({
  ...Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
  ),
  'aws:TagKeys': Object.keys(tags),
});

const readsResourceTags = (policy: CompiledPolicy, action: string, tag: string): boolean =>
  policy
    .statementsFor(action)
    .some(({ conditionKeys, resourceKeys }) =>
      [...conditionKeys, ...resourceKeys].some((key) => key.toLowerCase().startsWith(tag)),
    );

/** Whether a decision on the action may depend on the tags of the resource. */
export function dependsOnResourceTags(
  { policies: { identity, boundary, session } }: Caller,
  action: string,
  ofResource: readonly CompiledPolicy[] = [],
): boolean {
  const tag = resourceTagOf(action).toLowerCase();
  return [...identity, ...(boundary ? [boundary] : []), ...(session ?? []), ...ofResource].some(
    (policy) => readsResourceTags(policy, action.toLowerCase(), tag),
  );
}
