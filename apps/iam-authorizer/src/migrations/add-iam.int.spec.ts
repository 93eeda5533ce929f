/** Roles from before there were boundaries and managed policies, on a real PostgreSQL. */
import type { RoleEvent } from '@firesteel/contracts/events';
import { append } from '@firesteel/event-store';
import { load, replayRow } from '@firesteel/event-store/aggregate';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { findByName } from '../directory.ts';
import { entities, roles } from '../tables.ts';
import { iamMigrations } from './iam-migrations.ts';

const accountId = '123456789012';
const at = '2026-11-25T10:00:00.000Z';
/** A stream as it was written then: under its name, without a boundary. */
const events = [
  {
    type: 'RoleCreated',
    data: {
      accountId,
      roleName: 'Job',
      roleId: 'AROA1',
      path: '/',
      arn: `arn:aws:iam::${accountId}:role/Job`,
      assumeRolePolicyDocument: '{"Statement":"it’s odd"}',
      description: "it's old",
      maxSessionDuration: 3_600,
      tags: [],
      at,
    },
  },
  { type: 'RolePolicyPut', data: { policyName: 'p', policyDocument: '{}', at } },
] as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const open = (steps: number) =>
  openDatabase({
    url: database.urlOf('iam_authorizer'),
    entities,
    migrations: iamMigrations.slice(0, steps),
  });

it('are found by their names, with what a replay gives', async () => {
  const before = await open(2);
  await append(before.em.fork(), `role-${accountId}.Job`, 0, events);
  await before.em.execute(
    `insert into role (id, version, state) values ('${accountId}.Job', 2, '{"exists": true}')`,
  );
  await before.close();
  const after = await open(iamMigrations.length);
  const found = await findByName(after.em.fork(), 'role', accountId, 'job');
  expect(found?.id).toBe(`${accountId}.Job`);
  const replayed = replayRow(roles, `${accountId}.Job`, events as readonly RoleEvent[]);
  expect((await load(after.em.fork(), roles, `${accountId}.Job`)).state).toEqual(replayed.state);
  expect(replayed).toMatchObject({ account_id: accountId, name_key: 'job', version: 2 });
  await after.close();
});
