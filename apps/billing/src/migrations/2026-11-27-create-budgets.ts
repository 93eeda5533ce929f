import { Migration } from '@mikro-orm/migrations';

/** Monthly budgets. */
export class CreateBudgets extends Migration {
  override up(): void {
    this.addSql(`create table budget (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      live boolean not null)`);
    this.addSql('create index on budget (account_id) where live');
  }
}
