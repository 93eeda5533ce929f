/** What `npm run bench -- log …` may be asked. */
import { splitWords, wholeNumber } from '../command-line.ts';

export type LogRequest = {
  /** Events that the log has at least when it is verified and replayed. */
  readonly events: number;
  /** How long each way of appending is measured in each round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Clients that wait for one command each. */
  readonly clients: number;
  /** Events a second on their way to Kafka. */
  readonly rate: number;
  readonly json: boolean;
};

const byName: Readonly<Record<string, Exclude<keyof LogRequest, 'json'>>> = {
  '--events': 'events',
  '--seconds': 'seconds',
  '--rounds': 'rounds',
  '--clients': 'clients',
  '--rate': 'rate',
};

/** For `--help`. */
export const logUsage = `npm run bench -- log [--events 1000000] [--seconds 5] [--rounds 3] [--clients 64] [--rate 2000] [--json]

A PostgreSQL of its own with fsync on, a Kafka and a ledger: commands a second with and without group commit, the way to
Kafka, verification and cold replay beside plain inserts and a plain COPY of the same events.`;

/**
 * Reads the words after `log`.
 * @throws Error with one sentence for the user
 */
export function readLogCommandLine(words: readonly string[]): LogRequest {
  const rest = splitWords(words);
  let request: LogRequest = {
    ...{ events: 1_000_000, seconds: 5, rounds: 3, clients: 64, rate: 2_000 },
    json: false,
  };
  for (let at = 0; at < rest.length; at += 1) {
    const name = rest[at] ?? '';
    const member = byName[name];
    if (member !== undefined) {
      at += 1;
      request = { ...request, [member]: wholeNumber(name, rest[at], 1, 100_000_000) };
    } else if (name === '--json') request = { ...request, json: true };
    else throw new Error(`The word ${name} is not known; try --help.`);
  }
  return request;
}
