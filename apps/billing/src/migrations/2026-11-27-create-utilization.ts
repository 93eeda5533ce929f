import { Migration } from '@mikro-orm/migrations';

/** What runs have told of their utilization. */
export class CreateUtilization extends Migration {
  override up(): void {
    this.addSql(`create table utilization (
      id text primary key,
      version int not null,
      state jsonb not null)`);
  }
}
