/** What `npm run bench -- iam …` may be asked. */
import { splitWords, wholeNumber } from '../command-line.ts';

export type IamRequest = {
  /** How long each of the measurements takes. */
  readonly seconds: number;
  /** Calls a second to the authorizer, each measured by itself. */
  readonly rates: readonly number[];
  /** How often each rate is measured; the best counts. */
  readonly rounds: number;
  /** How many random cases go through both engines; null: measure instead. */
  readonly differential: number | null;
  readonly json: boolean;
};

const byName: Readonly<Record<string, (value: number) => Partial<IamRequest>>> = {
  '--seconds': (seconds) => ({ seconds }),
  '--rate': (rate) => ({ rates: [rate] }),
  '--rounds': (rounds) => ({ rounds }),
  '--differential': (differential) => ({ differential }),
};

/** Random cases, where no number is said. */
const usualCases = 10_000;

const usual: IamRequest = {
  seconds: 5,
  rates: [50, 100, 200],
  rounds: 3,
  differential: null,
  json: false,
};

/**
 * Reads the words after `iam`.
 * @throws Error with one sentence for the user
 */
export function readIamCommandLine(words: readonly string[]): IamRequest {
  const rest = splitWords(words);
  let request = usual;
  for (let at = 0; at < rest.length; at += 1) {
    const name = rest[at] ?? '';
    const next = rest[at + 1];
    const member = byName[name];
    if (name === '--json') request = { ...request, json: true };
    else if (name === '--differential' && (next === undefined || next.startsWith('--')))
      request = { ...request, differential: usualCases };
    else if (member === undefined) throw new Error(`The word ${name} is not known; try --help.`);
    else {
      at += 1;
      request = { ...request, ...member(wholeNumber(name, next, 1, 1_000_000)) };
    }
  }
  return request;
}
