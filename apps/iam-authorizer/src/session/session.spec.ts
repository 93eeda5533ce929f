import { keyFor, seal } from '../principal/sealing.ts';
import { issueSession, plainRoleSession, readSession, sessionArn } from './session.ts';

const masterKey = Buffer.alloc(32, 1);
const now = new Date('2026-11-25T10:00:00.123Z');
const session = {
  ...plainRoleSession,
  accountId: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/jobs/nightly',
  roleId: 'AROA1',
  sessionName: 'run-1',
  policy: '{"Statement":[]}',
  jobRun: { jobRunId: '00f1cbsc6anuij26', attempt: 2 },
};
const issued = issueSession(masterKey, session, 900, now);

it('looks as AWS’ temporary credentials do', () => {
  expect(issued.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(issued.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(issued.expiration).toBe('2026-11-25T10:15:00Z');
});

it('finds claims and secret in the token alone', () => {
  expect(readSession(masterKey, issued.sessionToken)).toEqual({
    claims: {
      ...session,
      accessKeyId: issued.accessKeyId,
      issuedAtMs: now.getTime(),
      expiresAtMs: now.getTime() + 900_000,
    },
    secretAccessKey: issued.secretAccessKey,
  });
});

it('finds the claims of a federated user’s token too', () => {
  const federated = {
    kind: 'federated' as const,
    accountId: '123456789012',
    userId: null,
    name: 'bob',
    policy: null,
    policyArns: ['arn'],
    tags: { team: 'data' },
  };
  const { sessionToken } = issueSession(masterKey, federated, 900, now);
  expect(readSession(masterKey, sessionToken)?.claims).toMatchObject(federated);
});

it('reads a token of a version that knew of no attempts, tags and role ids', () => {
  const { accountId, roleArn, sessionName, policy } = session;
  const known = { accountId, roleArn, sessionName, policy };
  const times = { issuedAtMs: now.getTime(), expiresAtMs: now.getTime() + 900_000 };
  const before = { ...known, ...times, accessKeyId: issued.accessKeyId };
  const token = seal(keyFor(masterKey, 'session token'), JSON.stringify(before));
  expect(readSession(masterKey, token)?.claims).toEqual({
    ...plainRoleSession,
    ...before,
    roleId: null,
  });
});

it('gives every session a key, a token and a secret of its own', () => {
  const other = issueSession(masterKey, session, 900, now);
  for (const member of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const)
    expect(other[member]).not.toBe(issued[member]);
});

it('tells nothing to who holds the token without the master key', () => {
  const bytes = Buffer.from(issued.sessionToken, 'base64url');
  expect([bytes.includes('nightly'), bytes.includes(issued.secretAccessKey)]).toEqual([
    false,
    false,
  ]);
});

it.each<[string, Buffer, string]>([
  ['of another installation', Buffer.alloc(32, 2), issued.sessionToken],
  [
    'with another beginning',
    masterKey,
    `${issued.sessionToken.startsWith('A') ? 'B' : 'A'}${issued.sessionToken.slice(1)}`,
  ],
  ['that was cut', masterKey, issued.sessionToken.slice(0, -4)],
  ['that was lengthened', masterKey, `${issued.sessionToken}AAAA`],
  ['that is made up', masterKey, 'forged'],
  ['that is empty', masterKey, ''],
])('reads no token %s', (_name, key, token) => {
  expect(readSession(key, token)).toBeUndefined();
});

it('names the session by its role’s name without the path', () => {
  const claims = readSession(masterKey, issued.sessionToken)?.claims;
  expect(claims?.kind === 'role' && sessionArn(claims)).toBe(
    'arn:aws:sts::123456789012:assumed-role/nightly/run-1',
  );
});
