import { Migration } from '@mikro-orm/migrations';

export class CreateFence extends Migration {
  override up(): void {
    this.addSql(`create table fence (
      id text primary key,
      version int not null,
      state jsonb not null,
      fenced_at text not null)`);
    this.addSql('create index fence_fenced_at on fence (fenced_at)');
  }
}
