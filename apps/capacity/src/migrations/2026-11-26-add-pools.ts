import { Migration } from '@mikro-orm/migrations';

/** Pools and zones beside workers and allocations; a worker is found by allocation, application and age. */
export class AddPools extends Migration {
  override up(): void {
    this.addSql('alter table worker drop column job_run_id');
    this.addSql('alter table worker add column allocation_id text');
    this.addSql(`alter table worker add column application_id text not null default ''`);
    this.addSql('alter table worker add column pooled boolean not null default false');
    this.addSql(`alter table worker add column requested_at text not null default ''`);
    this.addSql('create index on worker (allocation_id)');
    this.addSql('create index on worker (application_id, requested_at)');
    this.addSql(`create table pool (
      id text primary key,
      version int not null,
      state jsonb not null,
      live boolean not null)`);
    this.addSql(`create table zone (
      id text primary key,
      version int not null,
      state jsonb not null)`);
  }
}
