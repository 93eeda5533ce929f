/** An aggregate for tests of how aggregates are kept: an account whose balance is never below zero. */
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import { Migration } from '@mikro-orm/migrations';
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Aggregate } from './aggregate.ts';

export type Moved = { type: 'Moved'; data: { by: number } };
export type Move = { type: 'Move'; by: number };
export type Account = { balance: number };

const account: Decider<Account, Move, Moved> = {
  initial: { balance: 0 },
  decide: ({ by }, { balance }) => {
    if (balance + by < 0) throw new Refused('Invalid', `only ${balance} there`);
    return [{ type: 'Moved', data: { by } }];
  },
  evolve: ({ balance }, { data }) => ({ balance: balance + data.by }),
};

export const AccountRow = defineEntity({
  name: 'AccountRow',
  tableName: 'account',
  properties: {
    id: p.text().primary(),
    version: p.integer(),
    state: p.json<Account>(),
    note: p.text().nullable(),
  },
});

/** A balance of a million and more is decided, and then not written. */
export class CreateAccount extends Migration {
  override up(): void {
    this.addSql(`create table account (id text primary key, version int not null, state jsonb not null, note text,
      check ((state ->> 'balance')::int < 1000000))`);
  }
}

/** The registry's role and streams stand in for a service of the test's own. */
export const accounts: Aggregate<Account, Move, Moved> = {
  category: 'application',
  decider: account,
  entity: AccountRow,
  columns: ({ balance }) => ({ note: balance > 99 ? `"rich", \\ 'and' ünïcode` : null }),
};
