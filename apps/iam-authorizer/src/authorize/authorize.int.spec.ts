import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { AccessDecision } from '@firesteel/contracts/events';
import supertest from 'supertest';
import { rootArn } from '../principal/principal.ts';
import {
  type AuthorizerUnderTest,
  accountId,
  noon,
  roleArn,
  root,
  startAuthorizer,
} from '../test/authorizer-under-test.ts';
import { emptySha256, type Keys, signed } from '../test/signing.ts';

describe('the authorizer on PostgreSQL', () => {
  let authorizer: AuthorizerUnderTest;
  let ask: AuthorizerUnderTest['ask'];
  let recorded: AccessDecision[];
  beforeAll(async () => {
    authorizer = await startAuthorizer();
    ({ ask, recorded } = authorizer);
  });
  afterAll(() => authorizer.stop());

  it('lets the root user in and writes the decision down', async () => {
    expect(await ask(signed(root))).toMatchObject({
      allowed: true,
      accountId,
      principal: rootArn(accountId),
      seal: { mode: 'sha256', sha256: emptySha256 },
    });
    expect(recorded.at(-1)).toMatchObject({ accountId, allowed: true, requestId: 'request' });
  });

  it.each<[string, SignedRequest | null, string]>([
    ['no signature', null, 'MissingAuthenticationTokenException'],
    ['a wrong secret', signed({ ...root, secretAccessKey: 'x' }), 'InvalidSignatureException'],
    [
      'an unknown key',
      signed({ ...root, accessKeyId: 'AKIANOBODY' }),
      'UnrecognizedClientException',
    ],
    [
      'a token that is none of ours',
      signed({ ...root, sessionToken: 'forged' }),
      'UnrecognizedClientException',
    ],
  ])('refuses %s and writes that down', async (_name, request, code) => {
    expect(await ask(request)).toMatchObject({ allowed: false, code, status: 403 });
    expect(recorded.at(-1)).toMatchObject({ accountId: null, allowed: false, decidedBy: code });
  });

  it('says of a passed role whether the service may assume it (behaviours row 30)', async () => {
    const pass = async (arn: string) =>
      (await ask(signed(root), { passRole: { roleArn: arn } }))['executionRoleAssumable'];
    expect(await pass(roleArn)).toBe(true);
    expect(await pass(`arn:aws:iam::${accountId}:role/untrusting`)).toBe(false);
    expect(await pass(`arn:aws:iam::${accountId}:role/absent`)).toBe(false);
    expect(await pass(`arn:aws:iam::${accountId}:role/other-path/job`)).toBe(false);
  });

  it('refuses a role of another account', async () => {
    const foreign = { passRole: { roleArn: 'arn:aws:iam::999999999999:role/job' } };
    expect(await ask(signed(root), foreign)).toMatchObject({
      allowed: false,
      code: 'AccessDeniedException',
      message: 'Cross-account pass role is not allowed.',
    });
  });

  it('gives a run credentials for S3 and for nothing else, until they end', async () => {
    const keys = (await authorizer.credentials()).body as Keys;
    const principal = `arn:aws:sts::${accountId}:assumed-role/job/run-1`;
    const s3 = { service: 's3', action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
    expect(await ask(signed(keys, 's3'), s3)).toMatchObject({ allowed: true, principal });
    expect(await ask(signed(keys))).toEqual({
      allowed: false,
      code: 'AccessDeniedException',
      status: 403,
      message: `User: ${principal} is not authorized to perform: emr-serverless:ListApplications because no identity-based policy allows the emr-serverless:ListApplications action`,
      accountId,
      principal,
    });
    authorizer.setClock(() => new Date(noon.getTime() + 900_000));
    expect(await ask(signed(keys, 's3'), s3)).toMatchObject({
      allowed: false,
      code: 'ExpiredToken',
    });
    expect(await ask(signed(keys))).toMatchObject({ code: 'ExpiredTokenException' });
    authorizer.setClock(() => noon);
  });

  it.each<[string, string, string, { action: string; path: string } | null]>([
    ['a copy of what root may read', 'bucket/a', 'bucket/b', null],
    [
      'a copy of what it may not read',
      'firesteel-scratch/run/1/a',
      'bucket/b',
      { action: 's3:GetObject', path: 'firesteel-scratch/run/1/a' },
    ],
    [
      'a copy to where it may not write',
      'bucket/a',
      'firesteel-scratch/run/1/a',
      { action: 's3:PutObject', path: 'firesteel-scratch/run/1/a' },
    ],
  ])('has a decision and a fact for both ends of %s', async (_name, from, to, denied) => {
    recorded.length = 0;
    const [source, resource] = [from, to].map((path) => `arn:aws:s3:::${path}`);
    const answer = await ask(signed(root, 's3'), {
      service: 's3',
      action: 's3:PutObject',
      resource,
      copySource: { action: 's3:GetObject', resource: source },
    });
    expect(answer).toMatchObject(
      denied === null
        ? { allowed: true }
        : {
            allowed: false,
            code: 'AccessDenied',
            status: 403,
            message: `User: ${rootArn(accountId)} is not authorized to perform: ${denied.action} on resource: arn:aws:s3:::${denied.path}`,
          },
    );
    expect(recorded).toMatchObject([
      { action: 's3:PutObject', resource, allowed: denied?.path !== to },
      { action: 's3:GetObject', resource: source, allowed: denied?.path !== from },
    ]);
  });

  it.each(['untrusting', 'absent'])('gives no credentials for the role %s', async (name) => {
    const refused = await authorizer.credentials({
      roleArn: `arn:aws:iam::${accountId}:role/${name}`,
    });
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        kind: 'Denied',
        message: `Could not assume execution role ${name} because it does not exist or is not set up with the required trust relationship.`,
      },
    ]);
  });

  it('keeps no secret in plain, and a replaced key is dead at once', async () => {
    const rows = await authorizer.orm.em.fork().execute('select * from principal');
    expect(JSON.stringify(rows)).not.toContain(root.secretAccessKey);
    await authorizer.useRootKey('AKIANEXTNEXTNEXTNEXT');
    expect(await ask(signed(root))).toMatchObject({ code: 'UnrecognizedClientException' });
    const next = { ...root, accessKeyId: 'AKIANEXTNEXTNEXTNEXT' };
    expect(await ask(signed(next))).toMatchObject({ allowed: true });
  });

  it('asks every caller for a service token', async () => {
    await supertest(authorizer.app()).post('/v1/authorize').send({}).expect(401);
  });

  it('keeps what was denied after it was allowed, for the gateway alone', async () => {
    const denial = {
      requestId: 'later-denied',
      service: 's3',
      sourceIp: '127.0.0.1',
      accountId,
      principal: `arn:aws:iam::${accountId}:user/alice`,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::theirs/key',
      reason: 'the account has no bucket theirs',
    };
    await authorizer.post('/v1/denials', denial, 'object-store').expect(403);
    await authorizer.post('/v1/denials', denial, 'gateway').expect(200);
    const { reason, ...asked } = denial;
    expect(authorizer.recorded.at(-1)).toMatchObject({
      ...asked,
      allowed: false,
      decidedBy: reason,
    });
  });
});
