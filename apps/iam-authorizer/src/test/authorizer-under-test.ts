/** The authorizer's routes on a real PostgreSQL, with a clock of the test's own. */
import { randomBytes } from 'node:crypto';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { AccessDecision } from '@firesteel/contracts/events';
import { handle } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express } from 'express';
import supertest, { type Test } from 'supertest';
import { createFencesInForce, rememberedMs } from '../fence/fences-in-force.ts';
import { CreatePrincipal } from '../migrations/2026-11-25-create-principal.ts';
import { CreateFence } from '../migrations/2026-11-26-create-fence.ts';
import { rootArn } from '../principal/principal.ts';
import { keyFor, seal } from '../principal/sealing.ts';
import { authorizerRoutes } from '../routes.ts';
import { AccessRow, FenceRow, fencesSince, PrincipalRow, principals, RoleRow } from '../tables.ts';
import { emptySha256, type Keys } from './signing.ts';

export const accountId = '123456789012';
export const noon = new Date('2026-03-01T12:00:00Z');
/** The root user's key. */
export const root = {
  accessKeyId: 'AKIAROOTROOTROOTROOT',
  secretAccessKey: 'a secret of forty characters',
};
/** A role that the service may assume. */
export const roleArn = `arn:aws:iam::${accountId}:role/job`;

export type AuthorizerUnderTest = {
  readonly database: TestDatabase;
  readonly orm: MikroORM;
  readonly serviceKey: Buffer;
  /** The application as it is now; another one after `restart`. */
  readonly app: () => Express;
  readonly recorded: AccessDecision[];
  /** What the clock says from now on; noon at first. */
  readonly setClock: (now: () => Date) => void;
  /** As a new process: what was in memory is gone. */
  readonly restart: () => Promise<void>;
  readonly post: (path: string, body: object, service?: string) => Test;
  /** The authorizer's answer about a request to `ListApplications`, or to what `more` says. */
  readonly ask: (request: SignedRequest | null, more?: object) => Promise<Record<string, unknown>>;
  readonly useRootKey: (accessKeyId: string) => Promise<unknown>;
  /** Credentials of a role's session for 900 s. */
  readonly credentials: (more?: object) => Test;
  readonly sessionOf: (jobRunId: string, attempt: number) => Promise<Keys>;
  readonly stop: () => Promise<void>;
};

const trust = (service: string): string =>
  JSON.stringify({
    Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
  });

/** Starts one with the root user's key and two roles: `job`, and `untrusting`, which EMR may not assume. */
export async function startAuthorizer(): Promise<AuthorizerUnderTest> {
  const database = await startTestDatabase();
  const orm = await openDatabase({
    url: database.urlOf('iam_authorizer'),
    entities: [PrincipalRow, RoleRow, FenceRow, AccessRow],
    migrations: [
      { name: 'create-principal', class: CreatePrincipal },
      { name: 'create-fence', class: CreateFence },
    ],
  });
  const [masterKey, serviceKey] = [randomBytes(32), randomBytes(32)];
  const recorded: AccessDecision[] = [];
  let clock = (): Date => noon;
  const now = (): Date => clock();
  const build = async (): Promise<Express> => {
    const since = new Date(now().getTime() - rememberedMs).toISOString();
    const routes = authorizerRoutes({
      em: orm.em,
      masterKey,
      serviceKey,
      fences: createFencesInForce(await fencesSince(orm.em, since), now),
      now,
      record: async (decision) => {
        recorded.push(decision);
      },
      wakeLedger: () => undefined,
    });
    const log = { error: () => undefined };
    return internalApp({ serviceKey, log, isReady: () => true, routes });
  };
  let app = await build();
  const post: AuthorizerUnderTest['post'] = (path, body, service = 'gateway') =>
    supertest(app)
      .post(path)
      .set('authorization', serviceToken(serviceKey, service, Date.now()))
      .set('x-firesteel-account', accountId)
      .set('x-firesteel-principal', rootArn(accountId))
      .set('x-firesteel-request-id', 'request')
      .send(body);
  const useRootKey: AuthorizerUnderTest['useRootKey'] = (accessKeyId) =>
    handle(orm.em, principals, `${accountId}.root`, {
      type: 'EnsureRoot',
      accountId,
      key: {
        accessKeyId,
        secretSealed: seal(keyFor(masterKey, 'access key'), root.secretAccessKey),
        principal: rootArn(accountId),
      },
      at: noon.toISOString(),
    });
  const credentials: AuthorizerUnderTest['credentials'] = (more = {}) =>
    post(
      '/v1/credentials',
      { accountId, roleArn, sessionName: 'run-1', policy: null, durationSeconds: 900, ...more },
      'worker-agent',
    );
  await useRootKey(root.accessKeyId);
  for (const [name, service] of [
    ['job', 'emr-serverless.amazonaws.com'],
    ['untrusting', 'ec2.amazonaws.com'],
  ] as const)
    await post('/v1/roles', {
      RoleName: name,
      AssumeRolePolicyDocument: trust(service),
    }).expect(200);
  return {
    database,
    orm,
    serviceKey,
    app: () => app,
    recorded,
    setClock: (next) => {
      clock = next;
    },
    restart: async () => {
      app = await build();
    },
    post,
    ask: async (request, more = {}) => {
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
      return body;
    },
    useRootKey,
    credentials,
    sessionOf: async (jobRunId, attempt) => {
      const { body } = await credentials({ jobRunId, attempt, sessionName: jobRunId }).expect(200);
      const { accessKeyId, secretAccessKey, sessionToken } = body;
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    stop: async () => {
      await orm.close();
      await database.stop();
    },
  };
}
