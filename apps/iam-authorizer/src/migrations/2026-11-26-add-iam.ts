import { replayRow } from '@firesteel/event-store/aggregate';
import { Migration } from '@mikro-orm/migrations';
import { roles } from '../tables.ts';

type Stored = { readonly type: string; readonly data: object };

const named = 'version int not null, state jsonb not null, account_id text, name_key text';

/** Users, groups, managed policies and keys; roles are found by name and have more to them. */
export class AddIam extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table access_key (
      id text primary key, version int not null, state jsonb not null, account_id text, user_id text)`);
    this.addSql('create index access_key_user on access_key (account_id, user_id)');
    this.addSql(`create table iam_user (id text primary key, ${named})`);
    this.addSql(`create table iam_group (id text primary key, ${named})`);
    this.addSql(
      `create table policy (id text primary key, ${named}, arn text unique, default_version text)`,
    );
    this.addSql('alter table role add column account_id text, add column name_key text');
    for (const table of ['iam_user', 'iam_group', 'policy', 'role'])
      this.addSql(`create unique index ${table}_name on ${table} (account_id, name_key)`);
    await this.rebuildRoles();
  }

  /** Rows from before roles had boundaries and managed policies, folded anew from their own streams. */
  private async rebuildRoles(): Promise<void> {
    const rows = (await this.execute('select id from role')) as { id: string }[];
    for (const { id } of rows) {
      const events = (await this.execute(
        `select type, data from log.read_stream(${quoted(`role-${id}`)}, 0) order by version`,
      )) as unknown as readonly Stored[];
      const { state, account_id, name_key } = replayRow(roles, id, events as never);
      this.addSql(
        `update role set state = ${quoted(JSON.stringify(state))}, account_id = ${quoted(String(account_id))},
         name_key = ${quoted(String(name_key))} where id = ${quoted(id)}`,
      );
    }
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
