import { Migration } from '@mikro-orm/migrations';

export class AddInstanceProfile extends Migration {
  override up(): void {
    this.addSql(`create table instance_profile (
      id text primary key, version int not null, state jsonb not null, account_id text, name_key text)`);
    this.addSql(
      'create unique index instance_profile_name on instance_profile (account_id, name_key)',
    );
  }
}
