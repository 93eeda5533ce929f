import { Migration } from '@mikro-orm/migrations';

/** Applications from before there were pools have none, as a replay of their streams says too. */
export class NotePools extends Migration {
  override up(): void {
    this.addSql(`update application set state = state || '{"pooled": false}'`);
  }
}
