/** Which known word did a mistyped one mean? */

/** Single letters to insert, remove or replace until one word is the other. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replace = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current[column] = Math.min(
        replace,
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
      );
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The nearest word, or undefined when none is near: at most two letters or a third of the word away. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(typed.length / 3));
  return words
    .map((word) => ({ word, distance: word.startsWith(typed) ? 1 : editDistance(typed, word) }))
    .filter(({ distance, word }) => distance <= limit && distance < word.length)
    .toSorted((a, b) => a.distance - b.distance)[0]?.word;
}
