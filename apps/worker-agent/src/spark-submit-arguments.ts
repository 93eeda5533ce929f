/** Reading spark-submit's argument list: options, then the primary resource, then the job's own words. */

/** One option of spark-submit; flags have no value. */
export type SubmitOption = { readonly name: string; readonly value: string | null };

/** A spark-submit command line, taken apart. `rest` is the primary resource and what follows it. */
export type SubmitArguments = {
  readonly options: readonly SubmitOption[];
  readonly rest: readonly string[];
};

const flags = new Set(['--verbose', '-v', '--supervise', '--help', '-h', '--version']);

/** Splits an argument list as spark-submit itself does: the first word that is no option ends them. */
export const parseSubmitArguments = (words: readonly string[]): SubmitArguments => {
  const options: SubmitOption[] = [];
  let at = 0;
  for (let word = words[at]; word?.startsWith('-'); word = words[at]) {
    const joined = /^(--[^=]+)=(.*)$/s.exec(word);
    if (joined) {
      options.push({ name: joined[1] ?? word, value: joined[2] ?? '' });
      at += 1;
    } else if (flags.has(word)) {
      options.push({ name: word, value: null });
      at += 1;
    } else {
      options.push({ name: word, value: words[at + 1] ?? '' });
      at += 2;
    }
  }
  return { options, rest: words.slice(at) };
};

/** The inverse of {@link parseSubmitArguments}, without `--name=value` forms. */
export const formatSubmitArguments = ({ options, rest }: SubmitArguments): string[] => [
  ...options.flatMap(({ name, value }) => (value === null ? [name] : [name, value])),
  ...rest,
];
