/**
 * Wildcards in linear time. `*` stands for any text, also none; `?` for one character (a UTF-16 code
 * unit). Nothing backtracks: the ends of a pattern are compared where they must stand, and what is
 * between two `*` is searched from left to right, each part where the part before it ended, with the
 * bits of the Shift-And algorithm, so that each character is read once (Baeza-Yates and Gonnet,
 * "A new approach to text searching", 1992). The leftmost occurrence of each part is as good as any
 * other, as nothing but more parts can follow.
 */

/** What a text offers to a pattern; strings do. */
export type Text = Pick<string, 'length' | 'charCodeAt'>;

export const anyText: unique symbol = Symbol('*');
export const anyCharacter: unique symbol = Symbol('?');

/** A pattern, taken apart: wildcards, and text that stands for itself. */
export type Token = string | typeof anyText | typeof anyCharacter;

const wildcards: Readonly<Record<string, Token>> = { '*': anyText, '?': anyCharacter };

/** Takes a pattern apart: `a*?b` is a, any text, any character, b. */
export const tokensOf = (pattern: string): readonly Token[] =>
  pattern
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => wildcards[part] ?? part);

/** Whether a token is a wildcard. */
export const isWildcard = (token: Token): boolean => typeof token !== 'string';

/** Code units, `anyUnit` where a `?` stands. */
type Units = readonly number[];
const anyUnit = -1;

/** A part between two `*`: which of its places a character fits, 32 places to a word. */
type Part = {
  readonly length: number;
  readonly places: ReadonlyMap<number, Int32Array>;
  /** The places that every other character fits: those of `?`. */
  readonly otherPlaces: Int32Array;
};

/** A pattern with at least one `*`. */
type Parts = {
  readonly first: Units;
  readonly middle: readonly Part[];
  readonly last: Units;
  /** The length of the shortest text that can match. */
  readonly least: number;
};

const unitsOf = (token: string | typeof anyCharacter): number[] =>
  typeof token === 'string'
    ? Array.from({ length: token.length }, (_, index) => token.charCodeAt(index))
    : [anyUnit];

/** What stands between the `*` of a pattern, its ends included; one list when there is no `*`. */
function runsOf(tokens: readonly Token[]): readonly Units[] {
  let run: number[] = [];
  const runs = [run];
  for (const token of tokens) {
    if (token === anyText) {
      run = [];
      runs.push(run);
    } else run.push(...unitsOf(token));
  }
  return runs;
}

const setPlace = (words: Int32Array, place: number): void => {
  words[place >> 5] = (words[place >> 5] ?? 0) | (1 << (place & 31));
};

function partOf(units: Units): Part {
  const words = Math.ceil(units.length / 32);
  const otherPlaces = new Int32Array(words);
  units.forEach((unit, place) => {
    if (unit === anyUnit) setPlace(otherPlaces, place);
  });
  const places = new Map<number, Int32Array>();
  units.forEach((unit, place) => {
    if (unit === anyUnit) return;
    const own = places.get(unit) ?? Int32Array.from(otherPlaces);
    setPlace(own, place);
    places.set(unit, own);
  });
  return { length: units.length, places, otherPlaces };
}

function partsOf(runs: readonly Units[]): Parts {
  return {
    first: runs[0] ?? [],
    middle: runs
      .slice(1, -1)
      .filter(({ length }) => length > 0)
      .map(partOf),
    last: runs.at(-1) ?? [],
    least: runs.reduce((sum, { length }) => sum + length, 0),
  };
}

const fits = (units: Units, text: Text, from: number): boolean =>
  units.every((unit, index) => unit === anyUnit || unit === text.charCodeAt(from + index));

/** Moves every beginning of an occurrence one place on, when the character read fits there. */
function advance(states: Int32Array, places: Int32Array): void {
  let carried = 1;
  for (let word = 0; word < states.length; word += 1) {
    const state = states[word] ?? 0;
    states[word] = ((state << 1) | carried) & (places[word] ?? 0);
    carried = state >>> 31;
  }
}

/** Where the leftmost occurrence of a part ends, or -1. */
function endOf({ length, places, otherPlaces }: Part, text: Text, from: number, until: number) {
  const states = new Int32Array(otherPlaces.length);
  const lastWord = states.length - 1;
  const lastPlace = 1 << ((length - 1) & 31);
  for (let at = from; at < until; at += 1) {
    advance(states, places.get(text.charCodeAt(at)) ?? otherPlaces);
    if (((states[lastWord] ?? 0) & lastPlace) !== 0) return at + 1;
  }
  return -1;
}

function matchesParts({ first, middle, last, least }: Parts, text: Text): boolean {
  const until = text.length - last.length;
  if (text.length < least || !fits(first, text, 0) || !fits(last, text, until)) return false;
  let at = first.length;
  for (const part of middle) {
    at = endOf(part, text, at, until);
    if (at === -1) return false;
  }
  return true;
}

/** A compiled pattern. */
export type Glob = (text: Text) => boolean;

/** Compiles a pattern that is matched against the whole of a text. */
export function compileGlob(tokens: readonly Token[]): Glob {
  const runs = runsOf(tokens);
  const [only = []] = runs;
  if (runs.length === 1) return (text) => text.length === only.length && fits(only, text, 0);
  const parts = partsOf(runs);
  return (text) => matchesParts(parts, text);
}

/** Neighbouring literals as one. */
function join(tokens: readonly Token[]): readonly Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const before = joined.at(-1);
    if (typeof token === 'string' && typeof before === 'string')
      joined[joined.length - 1] = before + token;
    else joined.push(token);
  }
  return joined;
}

/** The same for strings, which know shorter ways for the patterns that most policies have. */
export function compileStringGlob(pattern: readonly Token[]): (text: string) => boolean {
  const tokens = join(pattern);
  const [first = '', second = '', third] = tokens;
  if (third === undefined && typeof first === 'string') {
    if (second === '') return (text) => text === first;
    if (second === anyText) return (text) => text.startsWith(first);
  }
  if (third === undefined && first === anyText && typeof second === 'string')
    return (text) => text.endsWith(second);
  return compileGlob(tokens);
}
