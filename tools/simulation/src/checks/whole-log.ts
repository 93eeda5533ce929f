/** What must hold once nothing is under way: one dense order, an unbroken chain, rows that are their streams. */
import { isDeepStrictEqual } from 'node:util';
import { rowOf } from '@firesteel/event-store/aggregate';
import {
  type ChainedRow,
  chained,
  chainedColumns,
  chainHash,
  genesis,
} from '@firesteel/event-store/chain';
import { type AnyAggregate, aggregatesBySchema } from '../services/database.ts';
import type { Postgres, Row } from '../world/postgres.ts';
import { never } from './violation.ts';

/** Every event has its place, in the order of its stream, and the chain holds. @throws Violation */
export function checkOrder(postgres: Postgres): void {
  postgres.assume('postgres');
  const [waiting] = postgres.execute('select count(*)::int as events from log.unsequenced').rows;
  never(waiting?.['events'] !== 0, () => `${waiting?.['events']} events have no place`);
  const { rows } = postgres.execute(
    `select s.global_seq, s.hash, ${chainedColumns}
     from log.event e left join log.sequenced s using (pos) order by s.global_seq`,
  );
  const versions = new Map<string, number>();
  let hash = genesis;
  rows.forEach((row, index) => {
    const { stream, version } = row as ChainedRow;
    const place = Number(row['global_seq']);
    never(place !== index + 1, () => `place ${index + 1} is followed by ${place}`);
    const before = versions.get(stream) ?? 0;
    never(version !== before + 1, () => `${stream}: ${version} has its place after ${before}`);
    versions.set(stream, version);
    hash = chainHash(hash, chained(row as ChainedRow, place));
    never(!hash.equals(row['hash'] as Buffer), () => `the chain is broken at ${place}`);
  });
}

type Folded = { state: object; version: number };

const foldedOf = (aggregate: AnyAggregate, events: readonly Row[]): Map<string, Folded> => {
  const prefix = `${aggregate.category}-`;
  const folded = new Map<string, Folded>();
  for (const event of events) {
    const stream = String(event['stream']);
    if (!stream.startsWith(prefix)) continue;
    const id = stream.slice(prefix.length);
    const { state, version } = folded.get(id) ?? { state: aggregate.decider.initial, version: 0 };
    const fact = { type: String(event['type']), data: event['data'] as object };
    folded.set(id, { state: aggregate.decider.evolve(state, fact), version: version + 1 });
  }
  return folded;
};

/** As JSON has it: no member is undefined, and their order does not count. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Every row is what a replay of its stream gives. @throws Violation */
export function checkRows(postgres: Postgres): void {
  postgres.assume('postgres');
  const events = postgres.execute('select stream, type, data from log.event order by pos').rows;
  for (const [schema, aggregates] of Object.entries(aggregatesBySchema))
    for (const aggregate of aggregates) {
      const table = `${schema}.${aggregate.entity.meta.tableName}`;
      const folded = foldedOf(aggregate, events);
      const rows = postgres.execute(`select id, to_jsonb(t) as row from ${table} t`).rows;
      never(
        rows.length !== folded.size,
        () => `${table}: ${rows.length} rows, ${folded.size} streams`,
      );
      for (const { id, row } of rows) {
        const { state, version } = folded.get(String(id)) ?? { state: {}, version: 0 };
        const due = plain(
          rowOf<object, never, { type: string; data: object }>(
            aggregate,
            String(id),
            version,
            state,
          ),
        );
        never(!isDeepStrictEqual(row, due), () => `${table} ${id} is not what its events say`);
      }
    }
}

/** What is owed and what is earned are the same, meter by meter, in every transaction. @throws Violation */
export function checkPostings(postgres: Postgres): void {
  postgres.assume('postgres');
  const { rows } = postgres.execute(
    `select stream, p ->> 'meter' as meter, sum((p ->> 'unitMs')::numeric)::text as units,
       sum((p ->> 'amount')::numeric)::text as amount
     from log.event, jsonb_array_elements(data::jsonb -> 'postings') p
     where type = 'TransactionPosted' group by 1, 2`,
  );
  for (const { stream, meter, units, amount } of rows)
    never(units !== '0' || amount !== '0', () => `${stream}: ${meter} is out of balance`);
}
