/**
 * Events as they were stored in the field, folded by today's code: what they meant when they were written
 * they mean for good. A row that differs here is a log that can no longer be replayed; a change of meaning
 * needs a new type of event, not a new expectation.
 *
 * Lines of `fixtures/corpus.ndjson` are only ever added: whole streams from their first event on. Their rows
 * are in `fixtures/corpus-rows.json`.
 */
import { readFileSync } from 'node:fs';
import type { EventMeta } from '@firesteel/contracts/events';
import { categoryOf, idOf } from '@firesteel/contracts/topics';
import { schemaVersion, upcast, writtenVersion } from '@firesteel/contracts/upcasting';
import { tableRow } from './audited-service.ts';
import { canonicalJson } from './canonical-json.ts';
import { services } from './services.ts';

type Stored = {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  /** Left out: nothing of it matters here. */
  readonly meta?: EventMeta;
};

const read = (name: string): string =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
const stored: readonly Stored[] = read('corpus.ndjson')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
// No state follows from facts about the log itself.
const streams = [...new Set(stored.map(({ stream }) => stream))].filter(
  (stream) => categoryOf(stream) !== 'log',
);
const rows: Readonly<Record<string, object>> = JSON.parse(read('corpus-rows.json'));

const typesOfContracts = (): string[] =>
  ['events.ts', 'log-events.ts'].flatMap((name) => {
    const contracts = new URL(`../../../libs/contracts/src/${name}`, import.meta.url);
    const text = readFileSync(contracts, 'utf8');
    return [...text.matchAll(/Fact<\s*'([A-Za-z]+)'/g)].map(([, type = '']) => type);
  });

/** A type in each of its versions: `JobRunStarted 1`. */
const versionsOf = (type: string): string[] =>
  Array.from({ length: schemaVersion(type) }, (_, before) => `${type} ${before + 1}`);

const aggregateOf = (stream: string) => {
  const category = categoryOf(stream);
  const found = services
    .flatMap(({ aggregates }) => aggregates)
    .find((aggregate) => aggregate.category === category);
  if (!found) throw new Error(`no aggregate folds ${stream}`);
  return found;
};

it.each(streams)('%s gives the row it gave when it was written', (stream) => {
  const events = stored.filter((event) => event.stream === stream);
  expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  const aggregate = aggregateOf(stream);
  const state = events
    .map(({ type, data, meta = {} }) => ({ type, data: upcast({ type, data, meta }) }))
    .reduce<object>(aggregate.decider.evolve, aggregate.decider.initial);
  const row = tableRow(aggregate, idOf(stream), events.length, state);
  expect(canonicalJson(JSON.parse(JSON.stringify(row)))).toBe(canonicalJson(rows[stream]));
});

it('has every type of the contracts in each of its versions', () => {
  const seen = new Set(
    stored.map(({ type, meta = {} }) => `${type} ${writtenVersion({ type, meta })}`),
  );
  const types = [...new Set(typesOfContracts())];
  expect(types.length).toBeGreaterThan(50);
  expect(types.flatMap(versionsOf).filter((version) => !seen.has(version))).toEqual([]);
});
