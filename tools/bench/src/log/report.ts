/** The log's figures for people. */
import { median, pairedRatios } from '../statistics.ts';
import { table } from '../table.ts';
import { type Appending, type WayToAppend, waysToAppend } from './append.ts';
import type { Auditing } from './audit.ts';
import type { LogRequest } from './command-line.ts';
import type { Lag } from './lag.ts';

export type LogReport = {
  readonly request: LogRequest;
  readonly lag: Lag;
  readonly appending: readonly Appending[];
  readonly auditing: Auditing;
  /** Of the machine, over the last minute. */
  readonly load: number;
};

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1));

const names: Readonly<Record<WayToAppend, string>> = {
  plainInserts: 'plain inserts, one transaction each',
  transactionEach: 'commands, one transaction each',
  groupCommit: 'commands, group commit',
};

const ofWay = (appending: readonly Appending[], way: WayToAppend) =>
  appending
    .filter((one) => one.way === way)
    .map(({ round, commandsPerSecond }) => ({ round, value: commandsPerSecond }));

function appendingLines({ appending }: LogReport): string[] {
  const rows = waysToAppend.map((way) => {
    const summaries = appending.flatMap((one) => (one.way === way && one.ms ? [one.ms] : []));
    return [
      names[way],
      count(median(ofWay(appending, way).map(({ value }) => value))),
      ms(median(summaries.map(({ p50 }) => p50))),
      ms(median(summaries.map(({ p99 }) => p99))),
    ];
  });
  const ratios = pairedRatios(ofWay(appending, 'groupCommit'), ofWay(appending, 'transactionEach'));
  return [
    ...table([['', 'commands/s', 'p50 ms', 'p99 ms'], ...rows]),
    `Group commit does ${median(ratios).toFixed(1)} times as many (${ratios.map((one) => one.toFixed(1)).join(', ')})`,
  ];
}

const lagLine = ({ lag }: LogReport): string =>
  `Command to Kafka's consumer, at ${count(lag.eventsPerSecond)} events/s: p50 ${ms(lag.ms?.p50)} ms, p99 ${ms(lag.ms?.p99)} ms, most ${ms(lag.ms?.max)} ms`;

function auditingLines({ auditing: { sequenced, rounds } }: LogReport): string[] {
  const middle = (way: 'copy' | 'verify' | 'replay'): number =>
    median(rounds.map((round) => round[way].perSecond));
  const share = (way: 'verify' | 'replay'): string =>
    median(rounds.map((round) => round[way].perSecond / round.copy.perSecond)).toFixed(2);
  return [
    ...table([
      ['', 'events/s', 'of COPY'],
      ['plain COPY, payloads parsed', count(middle('copy')), '1.00'],
      ['verify: every hash of the chain', count(middle('verify')), share('verify')],
      ['replay of every service from nothing', count(middle('replay')), share('replay')],
      ['ledger: place and link for each', count(sequenced.perSecond), ''],
    ]),
    `${count(rounds[0]?.copy.events ?? 0)} events in the log`,
  ];
}

/** All of it, with how it was measured. */
export const logLines = (report: LogReport): readonly string[] => [
  ...appendingLines(report),
  '',
  lagLine(report),
  '',
  ...auditingLines(report),
  '',
  `${report.request.clients} clients, each with one command at a time on a stream of its own; ${report.request.rounds} rounds of ${report.request.seconds} s, in turns, medians; PostgreSQL with fsync on and WAL files that it had before. Load of the machine ${report.load.toFixed(1)}.`,
];
