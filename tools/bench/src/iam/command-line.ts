/** What `npm run bench -- iam …` may be asked. */
import { splitWords, wholeNumber } from '../command-line.ts';

export type IamRequest = {
  /** How long each of the measurements takes. */
  readonly seconds: number;
  /** Calls a second to the authorizer. */
  readonly rate: number;
  /** How many random cases go through both engines; null: measure instead. */
  readonly differential: number | null;
  readonly json: boolean;
};

const byName: Readonly<Record<string, keyof IamRequest>> = {
  '--seconds': 'seconds',
  '--rate': 'rate',
  '--differential': 'differential',
};

/**
 * Reads the words after `iam`.
 * @throws Error with one sentence for the user
 */
export function readIamCommandLine(words: readonly string[]): IamRequest {
  const rest = splitWords(words);
  let request: IamRequest = { seconds: 5, rate: 200, differential: null, json: false };
  for (let at = 0; at < rest.length; at += 1) {
    const name = rest[at] ?? '';
    const member = byName[name];
    if (member !== undefined) {
      at += 1;
      request = { ...request, [member]: wholeNumber(name, rest[at], 1, 1_000_000) };
    } else if (name === '--json') request = { ...request, json: true };
    else throw new Error(`The word ${name} is not known; try --help.`);
  }
  return request;
}
