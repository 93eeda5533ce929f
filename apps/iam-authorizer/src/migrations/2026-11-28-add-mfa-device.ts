import { Migration } from '@mikro-orm/migrations';

export class AddMFADevice extends Migration {
  override up(): void {
    this.addSql(`create table mfa_device (
      id text primary key, version int not null, state jsonb not null, account_id text, name_key text)`);
    this.addSql('create unique index mfa_device_name on mfa_device (account_id, name_key)');
  }
}
