import { Migration } from '@mikro-orm/migrations';

export class CreateJobRun extends Migration {
  override up(): void {
    this.addSql(`create table job_run (
      id text primary key,
      version int not null,
      state jsonb not null,
      application_id text not null,
      account_id text not null,
      status text not null,
      mode text not null,
      created_at text not null)`);
    this.addSql('create index on job_run (application_id, created_at, id)');
    this.addSql(
      "create index on job_run (status) where status not in ('SUCCESS', 'FAILED', 'CANCELLED')",
    );
    this.addSql(`create table gate (
      id text primary key,
      version int not null,
      state jsonb not null,
      idle_since text)`);
  }
}
