/** Opening a service's own database: its role, its schema, its migrations. */
import { type Migration, Migrator } from '@mikro-orm/migrations';
import { defineConfig, type EntitySchema, MikroORM } from '@mikro-orm/postgresql';
import { giveBackBrokenConnections } from './broken-connections.ts';

giveBackBrokenConnections();

/** A named step of a service's schema; the list is explicit and only ever grows. */
export type NamedMigration = {
  readonly name: string;
  readonly class: new (...args: ConstructorParameters<typeof Migration>) => Migration;
};

export type DatabaseOptions = {
  /** The service's own login; its schema is the role's search path. */
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  readonly migrations: readonly NamedMigration[];
  readonly poolSize?: number;
};

/**
 * Connects and brings the service's schema up to date.
 * @throws when the database cannot be reached or a migration fails
 */
export async function openDatabase(options: DatabaseOptions): Promise<MikroORM> {
  const role = new URL(options.url).username;
  const orm = await MikroORM.init(
    defineConfig({
      clientUrl: options.url,
      schema: role,
      entities: [...options.entities],
      logger: () => {},
      extensions: [Migrator],
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: options.poolSize ?? 6 },
      migrations: {
        migrationsList: [...options.migrations],
        snapshot: false,
        tableName: 'schema_migration',
      },
    }),
  );
  if (options.migrations.length > 0) await orm.migrator.up();
  return orm;
}
