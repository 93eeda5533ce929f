import { Migration } from '@mikro-orm/migrations';

export class CreateUsage extends Migration {
  override up(): void {
    this.addSql(`create table usage (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      application_id text not null)`);
    this.addSql('create index on usage (account_id, application_id)');
    this.addSql(`create table price_list (
      id text primary key,
      version int not null,
      state jsonb not null,
      current_id text)`);
  }
}
