import { Migration } from '@mikro-orm/migrations';

/** Postings, payers and statements; every worker of a usage names its own price list, as a replay says. */
export class CreatePostings extends Migration {
  override up(): void {
    this.addSql(`create table posting (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      application_id text not null,
      job_run_id text,
      payer_id text not null,
      price_list_id text not null,
      month text not null,
      known_seq bigint not null,
      known_at text collate "C" not null,
      vcpu_ms text not null,
      vcpu_amount text not null,
      memory_ms text not null,
      memory_amount text not null,
      storage_ms text not null,
      storage_amount text not null)`);
    this.addSql('create index on posting (account_id, month)');
    this.addSql('create index on posting (month)');
    this.addSql('create index on posting (payer_id)');
    this.addSql(`create table payer (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      application_id text not null)`);
    this.addSql(`create table statement (
      id text primary key,
      version int not null,
      state jsonb not null,
      account_id text not null,
      month text not null)`);
    for (const member of ['workers', 'earlier'])
      this.addSql(`update usage set state = jsonb_set(state, '{${member}}', (
        select coalesce(jsonb_agg(entry || jsonb_build_object('priceListId', state -> 'priceListId')
          order by place), '[]')
        from jsonb_array_elements(state -> '${member}') with ordinality as metered (entry, place)))
        where state ? '${member}'`);
  }
}
