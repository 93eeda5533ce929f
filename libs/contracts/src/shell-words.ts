/** Text taken apart as a shell would; the registry (a pool's JVM options) and job-scheduler (a run's parameters) must agree. */

const syntax =
  /'(?<literal>[^']*)'|"(?<quoted>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>[\s\S])|(?<plain>[^\s'"\\]+)|(?<gap>\s+)|(?<open>[\s\S])/g;

/** A part of a word without its quotes and backslashes; null between two words, undefined where a quote stays open. */
function partOf({ literal, quoted, escaped, plain, gap }: Record<string, string | undefined>) {
  if (gap !== undefined) return null;
  // Inside double quotes a backslash protects these only, and stays where it is before others.
  if (quoted !== undefined) return quoted.replace(/\\(["\\$`])/g, '$1');
  return literal ?? plain ?? escaped;
}

/**
 * Words as a shell separates them: quotes and backslashes count. Nothing is expanded or run, so
 * `$`, `#`, `*` and `;` are characters like others (`--archives s3://bucket/env.tar.gz#environment`).
 * @param name what the text is called where it came from
 * @throws Error `<name> has an unbalanced quote.`
 */
export function shellWords(text: string, name = 'sparkSubmitParameters'): string[] {
  const words: string[] = [];
  let word: string | null = null;
  // A backslash at the end of a line continues it.
  for (const { groups } of text.replaceAll('\\\n', '').matchAll(syntax)) {
    const part = partOf(groups ?? {});
    if (part === undefined) throw new Error(`${name} has an unbalanced quote.`);
    if (part !== null) word = (word ?? '') + part;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}
