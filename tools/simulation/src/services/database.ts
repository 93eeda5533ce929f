/** One database for all services, made as the real one is: roles, schemas, the log and its grants, migrations. */
import { aggregates as applicationRegistry } from '@firesteel/application-registry/aggregates';
import { applicationMigrations } from '@firesteel/application-registry/migrations';
import { aggregates as billing } from '@firesteel/billing/aggregates';
import { migrations as billingMigrations } from '@firesteel/billing/migrations';
import { aggregates as capacity } from '@firesteel/capacity/aggregates';
import { fleetMigrations } from '@firesteel/capacity/migrations';
import type { NamedMigration } from '@firesteel/event-store/database';
import { categoryOwners, preparation } from '@firesteel/event-store/prepare';
import { aggregates as jobScheduler } from '@firesteel/job-scheduler/aggregates';
import { jobRunMigrations } from '@firesteel/job-scheduler/migrations';
import { consumerMigrations } from '@firesteel/messaging/parked';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { simulatedDialect } from '../world/dialect.ts';
import { Postgres } from '../world/postgres.ts';

/** Methods, so that aggregates of any state can be in one list; only a fold's own states go in. */
export type AnyAggregate = {
  readonly category: string;
  readonly entity: EntitySchema;
  readonly decider: {
    readonly initial: object;
    evolve(state: object, event: { readonly type: string; readonly data: object }): object;
    decide(
      command: never,
      state: object,
    ): readonly { readonly type: string; readonly data: object }[];
  };
  columns(state: object): Readonly<Record<string, string | number | boolean | null>>;
};

export type Role = 'application_registry' | 'job_scheduler' | 'capacity' | 'billing' | 'ledger';

type Schema = {
  readonly aggregates: readonly AnyAggregate[];
  readonly migrations: readonly NamedMigration[];
};

const schemas: Readonly<Record<Exclude<Role, 'ledger'>, Schema>> = {
  application_registry: { aggregates: applicationRegistry, migrations: applicationMigrations },
  job_scheduler: { aggregates: jobScheduler, migrations: jobRunMigrations },
  capacity: { aggregates: capacity, migrations: fleetMigrations },
  billing: { aggregates: billing, migrations: billingMigrations },
};

/** Every schema with the aggregates it keeps. */
export const aggregatesBySchema: Readonly<Record<string, readonly AnyAggregate[]>> =
  Object.fromEntries(
    Object.entries(schemas).map(([schema, { aggregates }]) => [schema, aggregates]),
  );

export type SimulatedDatabase = {
  readonly postgres: Postgres;
  readonly orms: Readonly<Record<Role, MikroORM>>;
  /** Empties every table, for the next seed. */
  readonly clear: () => void;
  readonly close: () => Promise<void>;
};

const openOrm = async (postgres: Postgres, role: string, schema?: Schema): Promise<MikroORM> => {
  const orm = await MikroORM.init(
    defineConfig({
      dbName: 'postgres',
      schema: role,
      entities: schema?.aggregates.map(({ entity }) => entity) ?? [],
      logger: () => {},
      extensions: [Migrator],
      discovery: { warnWhenNoEntities: false },
      driverOptions: simulatedDialect(postgres, role),
      migrations: {
        migrationsList: schema ? [...consumerMigrations, ...schema.migrations] : [],
        snapshot: false,
        tableName: 'schema_migration',
      },
    }),
  );
  if (schema) await orm.migrator.up();
  return orm;
};

/** Tables that a simulation fills; what the log says of itself stays. */
const filled = `schemaname in ('log', ${Object.keys(schemas)
  .map((name) => `'${name}'`)
  .join(', ')}) and tablename not in ('category', 'incarnation', 'epoch', 'schema_migration')`;

/** Nothing here outlives its process, so nothing is written ahead: a crash is a service's, not the database's. */
function writeNothingAhead(postgres: Postgres): void {
  postgres.assume('postgres');
  // What was planned does not depend on how often it was asked before.
  postgres.execute('set synchronous_commit = off; set plan_cache_mode = force_generic_plan');
  const tables = postgres.execute(
    `select schemaname || '.' || tablename as name from pg_tables where ${filled}
     order by tablename = 'sequenced' desc`,
  ).rows;
  for (const { name } of tables) postgres.execute(`alter table ${name} set unlogged`);
}

/**
 * A cursor that goes back does an event's work again. Deciders mostly take a second time for nothing, so that
 * no state would show it: the database itself refuses.
 */
function watchCursors(postgres: Postgres): void {
  postgres.assume('postgres');
  postgres.execute(`create function public.refuse_going_back() returns trigger language plpgsql as
    $$ begin raise exception 'cursor % goes back from % to %', old.name, old.global_seq, new.global_seq; end $$`);
  for (const schema of Object.keys(schemas))
    postgres.execute(`create trigger goes_on before update on ${schema}.cursor for each row
      when (new.global_seq < old.global_seq) execute function public.refuse_going_back()`);
}

/** Tables made anew, not emptied: rows come in the same order in every run of a seed. */
function clear(postgres: Postgres): void {
  postgres.forget();
  postgres.assume('postgres');
  const tables = postgres
    .execute(`select schemaname || '.' || tablename as name from pg_tables where ${filled}`)
    .rows.map(({ name }) => String(name));
  postgres.execute(`truncate ${tables.join(', ')} restart identity cascade`);
  postgres.execute('update log.epoch set epoch = 0');
}

/** Takes several seconds; one is enough for any number of seeds. */
export async function openSimulatedDatabase(): Promise<SimulatedDatabase> {
  const postgres = await Postgres.create();
  const roles = [...new Set([...Object.values(categoryOwners), 'ledger'])];
  for (const statement of preparation(roles.map((name) => ({ name, password: 'simulation' }))))
    postgres.execute(statement);
  const { application_registry, job_scheduler, capacity, billing } = schemas;
  const orms = {
    application_registry: await openOrm(postgres, 'application_registry', application_registry),
    job_scheduler: await openOrm(postgres, 'job_scheduler', job_scheduler),
    capacity: await openOrm(postgres, 'capacity', capacity),
    billing: await openOrm(postgres, 'billing', billing),
    ledger: await openOrm(postgres, 'ledger'),
  };
  writeNothingAhead(postgres);
  watchCursors(postgres);
  return {
    postgres,
    orms,
    clear: () => clear(postgres),
    close: async () => {
      for (const orm of Object.values(orms)) await orm.close();
      await postgres.close();
    },
  };
}
