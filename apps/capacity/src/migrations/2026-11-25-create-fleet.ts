import { Migration } from '@mikro-orm/migrations';

export class CreateFleet extends Migration {
  override up(): void {
    this.addSql(`create table allocation (
      id text primary key,
      version int not null,
      state jsonb not null,
      live boolean not null)`);
    this.addSql('create index on allocation (id) where live');
    this.addSql(`create table worker (
      id text primary key,
      version int not null,
      state jsonb not null,
      job_run_id text not null,
      live boolean not null)`);
    this.addSql('create index on worker (job_run_id)');
    this.addSql('create index on worker (id) where live');
  }
}
