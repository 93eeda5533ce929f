import { randomBytes } from 'node:crypto';
import {
  parseAuthorization,
  type SignedRequest,
} from '@firesteel/aws-protocol/sigv4/signed-request';
import {
  deriveSigningKey,
  hmac,
  scopeText,
  sha256Hex,
} from '@firesteel/aws-protocol/sigv4/signing-key';
import type { AccessDecision } from '@firesteel/contracts/events';
import { handle } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express } from 'express';
import supertest from 'supertest';
import { CreatePrincipal } from '../migrations/2026-11-25-create-principal.ts';
import { rootArn } from '../principal/principal.ts';
import { keyFor, seal } from '../principal/sealing.ts';
import { authorizerRoutes } from '../routes.ts';
import { AccessRow, PrincipalRow, principals, RoleRow } from '../tables.ts';

const accountId = '123456789012';
const now = new Date('2026-03-01T12:00:00Z');
const masterKey = randomBytes(32);
const serviceKey = randomBytes(32);
const root = {
  accessKeyId: 'AKIAROOTROOTROOTROOT',
  secretAccessKey: 'a secret of forty characters',
};
const roleArn = `arn:aws:iam::${accountId}:role/job`;
const emptySha256 = sha256Hex('');

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Signs a GET of `/applications` as a client does. */
function signed(keys: Keys, service = 'emr-serverless'): SignedRequest {
  const headers: [string, string][] = [
    ['host', 'localhost'],
    ['x-amz-content-sha256', emptySha256],
    ['x-amz-date', '20260301T120000Z'],
    ...(keys.sessionToken === undefined
      ? []
      : [['x-amz-security-token', keys.sessionToken] as [string, string]]),
  ];
  const names = headers.map(([name]) => name).join(';');
  const credential = `${keys.accessKeyId}/20260301/us-east-1/${service}/aws4_request`;
  const parsed = parseAuthorization({
    method: 'GET',
    rawPath: '/applications',
    rawQuery: '',
    headers: [
      ...headers,
      [
        'authorization',
        `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`,
      ],
    ],
  });
  if (!parsed.ok) throw new Error(parsed.message);
  const { request } = parsed;
  const text = [
    'AWS4-HMAC-SHA256',
    request.amzDate,
    scopeText(request),
    sha256Hex(`${request.canonicalHead}${emptySha256}`, 'latin1'),
  ].join('\n');
  const signature = hmac(deriveSigningKey(keys.secretAccessKey, request), text).toString('hex');
  return { ...request, signature };
}

describe('the authorizer on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let app: Express;
  let clock = now;
  const recorded: AccessDecision[] = [];

  const post = (path: string, body: object) =>
    supertest(app)
      .post(path)
      .set('authorization', serviceToken(serviceKey, 'gateway', Date.now()))
      .set('x-firesteel-account', accountId)
      .set('x-firesteel-principal', rootArn(accountId))
      .set('x-firesteel-request-id', 'request')
      .send(body);
  const ask = async (request: SignedRequest | null, more: object = {}) => {
    const { body } = await post('/v1/authorize', {
      request,
      bodySha256: emptySha256,
      service: 'emr-serverless',
      action: 'emr-serverless:ListApplications',
      resource: '*',
      sourceIp: '127.0.0.1',
      requestId: 'request',
      ...more,
    });
    return body as Record<string, unknown>;
  };
  const useRootKey = (accessKeyId: string) =>
    handle(orm.em, principals, `${accountId}.root`, {
      type: 'EnsureRoot',
      accountId,
      key: {
        accessKeyId,
        secretSealed: seal(keyFor(masterKey, 'access key'), root.secretAccessKey),
        principal: rootArn(accountId),
      },
      at: now.toISOString(),
    });
  const sessionOf = async (arn: string) =>
    post('/v1/credentials', {
      accountId,
      roleArn: arn,
      sessionName: 'run-1',
      policy: null,
      durationSeconds: 900,
    });

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('iam_authorizer'),
      entities: [PrincipalRow, RoleRow, AccessRow],
      migrations: [{ name: 'create-principal', class: CreatePrincipal }],
    });
    const record = async (decision: AccessDecision): Promise<void> => {
      recorded.push(decision);
    };
    const routes = authorizerRoutes({
      em: orm.em,
      masterKey,
      now: () => clock,
      record,
      wakeLedger: () => undefined,
    });
    app = internalApp({ serviceKey, log: console, isReady: () => true, routes });
    await useRootKey(root.accessKeyId);
    const trust = (service: string): string =>
      JSON.stringify({
        Statement: {
          Effect: 'Allow',
          Principal: { Service: service },
          Action: 'sts:AssumeRole',
        },
      });
    await post('/v1/roles', {
      RoleName: 'job',
      AssumeRolePolicyDocument: trust('emr-serverless.amazonaws.com'),
    }).expect(200);
    await post('/v1/roles', {
      RoleName: 'untrusting',
      AssumeRolePolicyDocument: trust('ec2.amazonaws.com'),
    }).expect(200);
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

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
    const keys = (await sessionOf(roleArn)).body as Keys;
    const principal = `arn:aws:sts::${accountId}:assumed-role/job/run-1`;
    const s3 = { service: 's3', action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
    expect(await ask(signed(keys, 's3'), s3)).toMatchObject({ allowed: true, principal });
    expect(await ask(signed(keys))).toEqual({
      allowed: false,
      code: 'AccessDeniedException',
      status: 403,
      message: `User: ${principal} is not authorized to perform: emr-serverless:ListApplications on resource: *`,
      accountId,
      principal,
    });
    clock = new Date(now.getTime() + 900_000);
    expect(await ask(signed(keys, 's3'), s3)).toMatchObject({
      allowed: false,
      code: 'ExpiredToken',
    });
    expect(await ask(signed(keys))).toMatchObject({ code: 'ExpiredTokenException' });
    clock = now;
  });

  it.each(['untrusting', 'absent'])('gives no credentials for the role %s', async (name) => {
    const refused = await sessionOf(`arn:aws:iam::${accountId}:role/${name}`);
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        kind: 'Denied',
        message: `Could not assume execution role ${name} because it does not exist or is not set up with the required trust relationship.`,
      },
    ]);
  });

  it.each<[string, string, object, number]>([
    [
      'a second role of a name',
      '/v1/roles',
      { RoleName: 'job', AssumeRolePolicyDocument: '{"Statement":[]}' },
      409,
    ],
    [
      'a policy that is none',
      '/v1/roles/job/policies',
      { PolicyName: 'p', PolicyDocument: '[' },
      400,
    ],
    [
      'a role that is not there',
      '/v1/roles/absent/policies',
      { PolicyName: 'p', PolicyDocument: '{"Statement":[]}' },
      404,
    ],
  ])('refuses %s', async (_name, path, body, status) => {
    await post(path, body).expect(status);
  });

  it('keeps no secret in plain, and a replaced key is dead at once', async () => {
    const rows = await orm.em.fork().execute('select * from principal');
    expect(JSON.stringify(rows)).not.toContain(root.secretAccessKey);
    await useRootKey('AKIANEXTNEXTNEXTNEXT');
    expect(await ask(signed(root))).toMatchObject({ code: 'UnrecognizedClientException' });
    const next = { ...root, accessKeyId: 'AKIANEXTNEXTNEXTNEXT' };
    expect(await ask(signed(next))).toMatchObject({ allowed: true });
  });

  it('asks every caller for a service token', async () => {
    await supertest(app).post('/v1/authorize').send({}).expect(401);
  });
});
