import { compilePolicy } from '@firesteel/iam-policy/compile';
import { rootCaller } from '../authorize/callers.ts';
import { plainRoleSession } from '../session/session.ts';
import {
  contextOf,
  dependsOnResourceTags,
  mfaContext,
  requestTagContext,
  resourceTagContext,
  resourceTagOf,
} from './context.ts';
import type { Caller } from './decide.ts';

const accountId = '123456789012';
const now = new Date('2026-11-25T10:00:00.500Z');
const root = rootCaller(accountId, 'AKIA1');
const session: Caller = {
  ...root,
  accessKeyId: null,
  session: {
    ...plainRoleSession,
    accessKeyId: 'ASIA1',
    accountId,
    roleArn: `arn:aws:iam::${accountId}:role/job`,
    roleId: 'AROA1',
    sessionName: 'run',
    sourceIdentity: 'alice',
    issuedAtMs: now.getTime() - 60_000,
    expiresAtMs: now.getTime() + 60_000,
  },
};

it('tells time, place and transport of a request with a long-term key', () => {
  expect(contextOf(root, { sourceIp: '::ffff:192.0.2.1', region: 'eu-west-1', now })).toEqual({
    'aws:CurrentTime': '2026-11-25T10:00:00Z',
    'aws:EpochTime': '1795600800',
    'aws:ViaAWSService': 'false',
    'aws:SourceIp': '192.0.2.1',
    'aws:RequestedRegion': 'eu-west-1',
  });
});

it('tells of a session when it was issued, and who it was at first', () => {
  expect(contextOf(session, { sourceIp: '2001:db8::1', region: undefined, now })).toMatchObject({
    'aws:SourceIp': '2001:db8::1',
    'aws:TokenIssueTime': '2026-11-25T09:59:00Z',
    'aws:MultiFactorAuthPresent': 'false',
    'aws:SourceIdentity': 'alice',
  });
});

it('tells of a session with MFA how long ago the code was given', () => {
  const mfaAtMs = now.getTime() - 90_500;
  const user = { kind: 'user', accountId, userId: 'AIDA1', accessKeyId: 'ASIA1' } as const;
  const times = { issuedAtMs: mfaAtMs, expiresAtMs: now.getTime() + 60_000 };
  const withCode: Caller = { ...session, session: { ...user, ...times, mfaAtMs } };
  expect(contextOf(withCode, { sourceIp: '', region: undefined, now })).toMatchObject({
    'aws:MultiFactorAuthPresent': 'true',
    'aws:MultiFactorAuthAge': '90',
  });
  expect(mfaContext(null, now)).toEqual({ 'aws:MultiFactorAuthPresent': 'false' });
});

it('names tags as conditions do', () => {
  expect(resourceTagContext({ team: 'a' })).toEqual({ 'aws:ResourceTag/team': 'a' });
  expect(resourceTagContext({ team: 'a' }, resourceTagOf('s3:GetObject'))).toEqual({
    's3:ExistingObjectTag/team': 'a',
  });
  expect(requestTagContext({ team: 'a', stage: '' })).toEqual({
    'aws:RequestTag/team': 'a',
    'aws:RequestTag/stage': '',
    'aws:TagKeys': ['team', 'stage'],
  });
});

const withPolicy = (statement: object): Caller => {
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } };
  const policy = compilePolicy(JSON.stringify(document), 'managed');
  return { ...root, policies: { identity: [policy], boundary: null, session: null } };
};

it.each<[string, object, boolean]>([
  [
    'a condition',
    { Action: 'a:*', Resource: '*', Condition: { StringEquals: { 'AWS:resourcetag/x': 'y' } } },
    true,
  ],
  [
    'a condition of another action',
    { Action: 'b:*', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/x': 'y' } } },
    false,
  ],
  ['a variable', { Action: 'a:Get', Resource: `arn:aws:a:::\${aws:ResourceTag/x}` }, true],
  [
    'another key',
    { Action: 'a:Get', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } },
    false,
  ],
])('sees whether %s looks at tags of the resource', (_name, statement, depends) => {
  expect(dependsOnResourceTags(withPolicy(statement), 'a:Get')).toBe(depends);
});

it('sees whether the policy of a bucket looks at tags of its objects', () => {
  const looking = (key: string) => {
    const condition = { StringEquals: { [key]: 'public' } };
    const { policies } = withPolicy({
      Action: 's3:GetObject',
      Resource: '*',
      Condition: condition,
    });
    return policies.identity;
  };
  expect(dependsOnResourceTags(root, 's3:GetObject', looking('s3:existingobjecttag/a'))).toBe(true);
  expect(dependsOnResourceTags(root, 's3:GetObject', looking('aws:ResourceTag/a'))).toBe(false);
  expect(dependsOnResourceTags(root, 's3:PutObject', looking('s3:ExistingObjectTag/a'))).toBe(
    false,
  );
  expect(dependsOnResourceTags(root, 's3:GetObject')).toBe(false);
});
