import { Migration } from '@mikro-orm/migrations';

export class CreatePrincipal extends Migration {
  override up(): void {
    this.addSql(`create table principal (
      id text primary key,
      version int not null,
      state jsonb not null,
      access_key_id text unique)`);
    this.addSql(
      'create table role (id text primary key, version int not null, state jsonb not null)',
    );
    this.addSql(
      'create table access (id text primary key, version int not null, state jsonb not null)',
    );
  }
}
