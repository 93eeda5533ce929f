/** Makes a database ready for Firesteel: one role and schema per service, and the log between them. */
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { logSchema } from './log.sql.ts';

/** A service's login; its schema has the same name and nobody else may read it. */
export type ServiceRole = { readonly name: string; readonly password: string };

/** Which service owns which streams; the log's append function holds them to it. */
export const categoryOwners: Readonly<Record<string, string>> = {
  application: 'application_registry',
  'job-run': 'job_scheduler',
  gate: 'job_scheduler',
  allowance: 'job_scheduler',
  allocation: 'capacity',
  worker: 'capacity',
  pool: 'capacity',
  zone: 'capacity',
  principal: 'iam_authorizer',
  key: 'iam_authorizer',
  user: 'iam_authorizer',
  group: 'iam_authorizer',
  role: 'iam_authorizer',
  policy: 'iam_authorizer',
  'instance-profile': 'iam_authorizer',
  'mfa-device': 'iam_authorizer',
  'bucket-policy': 'iam_authorizer',
  access: 'iam_authorizer',
  fence: 'iam_authorizer',
  usage: 'billing',
  utilization: 'billing',
  payer: 'billing',
  posting: 'billing',
  statement: 'billing',
  'price-list': 'billing',
  budget: 'billing',
  log: 'ledger',
};

const identifier = (name: string): string => {
  if (!/^[a-z_]+$/.test(name)) throw new Error(`not a role name: ${name}`);
  return name;
};
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const roleStatements = ({ name, password }: ServiceRole): string => `
do $$ begin create role ${identifier(name)} login; exception when duplicate_object then null; end $$;
alter role ${name} login password ${literal(password)};
grant ${name} to current_user;
create schema if not exists ${name} authorization ${name};
revoke all on schema ${name} from public;
alter role ${name} set search_path = ${name};
grant usage on schema log to ${name};
grant select on log.incarnation to ${name};
grant execute on function log.append_events(json, json, json, json, json, int), log.read_stream(text, int),
  log.archived_version(text) to ${name};`;

const ledgerGrants = `
grant select on log.event, log.sequenced, log.unsequenced, log.incarnation, log.published, log.epoch, log.category,
  log.checkpoint, log.segment to ledger;
grant insert on log.sequenced, log.checkpoint, log.segment to ledger;
grant execute on function log.drop_segment(bigint) to ledger;
grant delete on log.unsequenced to ledger;
grant insert, update on log.published to ledger;
grant update on log.epoch, log.incarnation to ledger;`;

/** What makes a database ready, statement by statement. */
export const preparation = (roles: readonly ServiceRole[]): readonly string[] => [
  'select pg_advisory_lock(4580)',
  logSchema,
  ...roles.map(roleStatements),
  ...Object.entries(categoryOwners).map(
    ([category, owner]) =>
      `insert into log.category values (${literal(category)}, ${literal(owner)}) on conflict (name) do update set owner = excluded.owner`,
  ),
  ...(roles.some((role) => role.name === 'ledger') ? [ledgerGrants] : []),
  'select pg_advisory_unlock(4580)',
];

/**
 * Creates or refreshes roles, schemas, the log and its grants; safe to run at every start.
 * @param options.adminUrl a role that may create roles and schemas in the database
 * @throws the driver's error when the database cannot be reached or refuses
 */
export async function prepareDatabase(options: {
  readonly adminUrl: string;
  readonly roles: readonly ServiceRole[];
}): Promise<void> {
  const orm = await MikroORM.init(
    defineConfig({
      clientUrl: options.adminUrl,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: 1 },
    }),
  );
  try {
    for (const statement of preparation(options.roles)) await orm.em.execute(statement);
  } finally {
    await orm.close();
  }
}
