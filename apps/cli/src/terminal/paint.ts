/** Colours where a person looks, plain text elsewhere. */

/** Ways to set off a piece of text. */
export type Paint = Readonly<
  Record<'bold' | 'dim' | 'green' | 'yellow' | 'red', (text: string) => string>
>;

const wrap =
  (colour: boolean, open: number, close: number) =>
  (text: string): string =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;

/** @param colour false: every text stays as it is */
export const paintWith = (colour: boolean): Paint => ({
  bold: wrap(colour, 1, 22),
  dim: wrap(colour, 2, 22),
  green: wrap(colour, 32, 39),
  yellow: wrap(colour, 33, 39),
  red: wrap(colour, 31, 39),
});
