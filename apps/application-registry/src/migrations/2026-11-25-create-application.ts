import { Migration } from '@mikro-orm/migrations';

export class CreateApplication extends Migration {
  override up(): void {
    this.addSql(`create table application (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      status text not null,
      created_at text not null)`);
    this.addSql('create index on application (account_id, created_at, id)');
  }
}
