import { Migration } from '@mikro-orm/migrations';

export class AddBucketPolicy extends Migration {
  override up(): void {
    this.addSql(
      'create table bucket_policy (id text primary key, version int not null, state jsonb not null)',
    );
  }
}
