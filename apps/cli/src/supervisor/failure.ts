/** One clear sentence for what went wrong. */

const sentences: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk${path} is full: free some space and run the command again.`,
  EDQUOT: (path) => `The disk quota${path} is used up: free some space and run the command again.`,
  EACCES: (path) => `No permission${path}: run Firesteel as the user who owns it.`,
  EPERM: (path) => `No permission${path}: run Firesteel as the user who owns it.`,
  EROFS: (path) =>
    `The disk${path} is read-only: set FIRESTEEL_HOME to a folder that can be written.`,
  EMFILE: () =>
    'Too many files are open: raise the limit (`ulimit -n 65536`) and run the command again.',
};

type SystemError = Error & { code?: string; path?: string };

/** The error's message, or a better sentence where the system's code says what to do. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path }: SystemError = error;
  const sentence = code === undefined ? undefined : sentences[code];
  return sentence === undefined ? error.message : sentence(path === undefined ? '' : ` at ${path}`);
}

const telling: readonly (readonly [RegExp, string])[] = [
  [
    /No space left on device|ENOSPC/,
    'The disk is full: free some space and run the command again.',
  ],
  [
    /EADDRINUSE|Address already in use/i,
    'Its port was taken by another program in the meantime: run `npm run up` again.',
  ],
  [
    /invalid (primary )?checkpoint|could not locate a valid checkpoint|PANIC/,
    'The database files are damaged: restore .firesteel/data/postgres from a copy, or move it away to begin anew.',
  ],
  [
    /ERR_MODULE_NOT_FOUND|Cannot find module/,
    'A part of the program is missing: check out the repository again and remove node_modules.',
  ],
  [
    /OutOfMemoryError|heap out of memory|Cannot allocate memory/,
    'The machine has too little free memory: end other programs and run the command again.',
  ],
];

/** What the last lines of a log mean, when they are of a kind that users can mend. */
export function explainLog(lines: readonly string[]): string | undefined {
  const text = lines.join('\n');
  return telling.find(([pattern]) => pattern.test(text))?.[1];
}
