/** Condition keys that every request has (IAM user guide, reference_policies_condition-keys). */
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
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

/** Temporary credentials have a time of issue, and are without multi-factor authentication here. */
function contextOfSession({ session }: Caller): Context {
  if (session === null) return {};
  const identity = session.kind === 'role' ? session.sourceIdentity : null;
  return {
    'aws:TokenIssueTime': iso(session.issuedAtMs),
    'aws:MultiFactorAuthPresent': 'false',
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
  ...contextOfSession(caller),
});

/** `aws:ResourceTag/<key>` for each tag. */
export const resourceTagContext = (tags: Readonly<Record<string, string>>): Context =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));

/** `aws:RequestTag/<key>` for each tag, and all keys together. */
export const requestTagContext = (tags: Readonly<Record<string, string>>): Context => ({
  ...Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
  ),
  'aws:TagKeys': Object.keys(tags),
});

const readsResourceTags = (policy: CompiledPolicy, action: string): boolean =>
  policy
    .statementsFor(action)
    .some(({ conditionKeys, resourceKeys }) =>
      [...conditionKeys, ...resourceKeys].some((key) =>
        key.toLowerCase().startsWith('aws:resourcetag/'),
      ),
    );

/** Whether a decision on the action may depend on the tags of the resource. */
export const dependsOnResourceTags = (
  { policies: { identity, boundary, session } }: Caller,
  action: string,
): boolean =>
  [...identity, ...(boundary ? [boundary] : []), ...(session ?? [])].some((policy) =>
    readsResourceTags(policy, action.toLowerCase()),
  );
