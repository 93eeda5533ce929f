import { Migration } from '@mikro-orm/migrations';

/** What budgets say of new runs. */
export class CreateAllowance extends Migration {
  override up(): void {
    this.addSql(`create table allowance (
      id text primary key,
      version int not null,
      state jsonb not null)`);
  }
}
