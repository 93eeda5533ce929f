/** The authorizer's routes on a real PostgreSQL, with a clock of the test's own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedRequest } from '@firesteel/aws-protocol/sigv4/signed-request';
import type { AccessDecision } from '@firesteel/contracts/events';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express } from 'express';
import supertest, { type Test } from 'supertest';
import { type Journal, openJournal } from '../access/journal.ts';
import { appendToTrails } from '../access/trail.ts';
import { createDeferredKeys, type DeferredKeys } from '../authorize/deferred-keys.ts';
import { createFencesInForce, rememberedMs } from '../fence/fences-in-force.ts';
import { change } from '../iam/call.ts';
import { loadIdentities } from '../identity/identities-in-force.ts';
import { iamMigrations } from '../migrations/iam-migrations.ts';
import { createPolicyCache } from '../policy/policy-cache.ts';
import { rootArn } from '../principal/principal.ts';
import { keyFor, seal } from '../principal/sealing.ts';
import { authorizerRoutes } from '../routes.ts';
import { entities, fencesSince, principals, roles } from '../tables.ts';
import { emptySha256, type Keys, signed } from './signing.ts';

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
  /** What was answered with status 500, and why. */
  readonly defects: object[];
  /** What was authorised but for its keys; another process' after `restart` would know nothing of it. */
  readonly deferred: DeferredKeys;
  /** What the clock says from now on; noon at first. */
  readonly setClock: (now: () => Date) => void;
  /** As a new process: what was in memory is gone. */
  readonly restart: () => Promise<void>;
  readonly post: (path: string, body: object, service?: string) => Test;
  readonly get: (path: string, service: string) => Test;
  readonly delete: (path: string, service: string) => Test;
  /** The authorizer's answer about a request to `ListApplications`, or to what `more` says. */
  readonly ask: (request: SignedRequest | null, more?: object) => Promise<Record<string, unknown>>;
  /** The answer to an action of IAM or STS: its output, or `{ code, status, message }`. */
  readonly query: (
    keys: Keys,
    service: 'iam' | 'sts',
    operation: string,
    input?: object,
    context?: object,
  ) => Promise<QueryOutcome>;
  readonly useRootKey: (accessKeyId: string) => Promise<unknown>;
  /** Credentials of a role's session for 900 s. */
  readonly credentials: (more?: object) => Test;
  readonly sessionOf: (jobRunId: string, attempt: number) => Promise<Keys>;
  readonly stop: () => Promise<void>;
};

/** What came of an action. */
export type QueryOutcome = Readonly<Record<string, unknown>>;

const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
  });

/** What the role `job` may do: anything with S3. */
export const jobPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' },
});

/** Makes a role that a service may assume, with one inline policy or none. */
async function makeRole(orm: MikroORM, name: string, service: string, policy: string | null) {
  const at = noon.toISOString();
  const roleId = `AROA${name.toUpperCase().padEnd(17, 'X')}`;
  const creation = {
    accountId,
    roleName: name,
    roleId,
    path: '/',
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    assumeRolePolicyDocument: trust(service),
    description: null,
    maxSessionDuration: 3_600,
    permissionsBoundary: null,
    tags: [],
  };
  const others = { count: 0, sameName: false };
  await handle(orm.em, roles, roleId, { type: 'CreateRole', creation, others, at });
  if (policy !== null)
    await handle(orm.em, roles, roleId, {
      type: 'PutPolicy',
      policyName: 'work',
      policyDocument: policy,
      at,
    });
}

/** Starts one with the root user's key and two roles: `job`, and `untrusting`, which EMR may not assume. */
export async function startAuthorizer(): Promise<AuthorizerUnderTest> {
  const database = await startTestDatabase();
  const orm = await openDatabase({
    url: database.urlOf('iam_authorizer'),
    entities,
    migrations: iamMigrations,
  });
  const [masterKey, serviceKey] = [randomBytes(32), randomBytes(32)];
  const recorded: AccessDecision[] = [];
  const defects: object[] = [];
  let clock = (): Date => noon;
  let life = 0;
  const now = (): Date => clock();
  const deferred = createDeferredKeys(now);
  let identities = await loadIdentities(orm.em);
  const decisionsDir = mkdtempSync(join(tmpdir(), 'firesteel-decisions-'));
  let journal: Journal | undefined;
  const build = async (): Promise<Express> => {
    identities = await loadIdentities(orm.em);
    const since = new Date(now().getTime() - rememberedMs).toISOString();
    life += 1;
    await journal?.close();
    journal = await openJournal({
      dir: decisionsDir,
      life,
      append: appendToTrails(orm.em),
      failed: (error) => defects.push({ err: error }),
    });
    const { record, inLog } = journal;
    const routes = authorizerRoutes({
      em: orm.em,
      masterKey,
      serviceKey,
      identities,
      policies: createPolicyCache(),
      deferred,
      fences: createFencesInForce(await fencesSince(orm.em, since), now),
      region: 'us-east-1',
      now,
      record: async (decision) => {
        await record(decision);
        recorded.push(decision);
      },
      inLog,
      wakeLedger: () => undefined,
    });
    const log = { error: (object: object) => defects.push(object) };
    return internalApp({ serviceKey, log, isReady: () => true, routes });
  };
  await makeRole(orm, 'job', 'emr-serverless.amazonaws.com', jobPolicy);
  await makeRole(orm, 'untrusting', 'ec2.amazonaws.com', null);
  let app = await build();
  /** As a service, on behalf of the root user. */
  const asking = (asked: Test, service: string): Test =>
    asked
      .set('authorization', serviceToken(serviceKey, service))
      .set('x-firesteel-account', accountId)
      .set('x-firesteel-principal', rootArn(accountId))
      .set('x-firesteel-request-id', 'request');
  const post: AuthorizerUnderTest['post'] = (path, body, service = 'gateway') =>
    asking(supertest(app).post(path), service).send(body);
  const useRootKey: AuthorizerUnderTest['useRootKey'] = (accessKeyId) =>
    change({ em: orm.em, identities, meta: {}, caller: { accountId } }, (_tx, handleIn) =>
      handleIn(principals, `${accountId}.root`, {
        type: 'EnsureRoot',
        accountId,
        key: {
          accessKeyId,
          secretSealed: seal(keyFor(masterKey, 'access key'), root.secretAccessKey),
          principal: rootArn(accountId),
        },
        at: noon.toISOString(),
      }),
    );
  const credentials: AuthorizerUnderTest['credentials'] = (more = {}) =>
    post(
      '/v1/credentials',
      { accountId, roleArn, sessionName: 'run-1', policy: null, durationSeconds: 900, ...more },
      'worker-agent',
    );
  await useRootKey(root.accessKeyId);
  return {
    database,
    orm,
    serviceKey,
    app: () => app,
    recorded,
    defects,
    deferred,
    setClock: (next) => {
      clock = next;
    },
    restart: async () => {
      app = await build();
    },
    post,
    get: (path, service) =>
      supertest(app).get(path).set('authorization', serviceToken(serviceKey, service)),
    delete: (path, service) => asking(supertest(app).delete(path), service),
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
    query: async (keys, service, operation, input = {}, context = {}) => {
      const { status, body } = await post('/v1/query', {
        request: signed(keys, service, now()),
        bodySha256: emptySha256,
        service,
        operation,
        input,
        sourceIp: '127.0.0.1',
        requestId: 'request',
        context,
      });
      if (status !== 200) throw new Error(`${operation}: ${status} ${JSON.stringify(body)}`);
      const { allowed, output, ...refusal } = body;
      return allowed ? output : refusal;
    },
    useRootKey,
    credentials,
    sessionOf: async (jobRunId, attempt) => {
      const { body } = await credentials({ jobRunId, attempt, sessionName: jobRunId }).expect(200);
      const { accessKeyId, secretAccessKey, sessionToken } = body;
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    stop: async () => {
      await journal?.close();
      rmSync(decisionsDir, { recursive: true });
      await orm.close();
      await database.stop();
    },
  };
}
