/** Runs `prepare-database.ts` and waits for it. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Who may log in; passwords travel over standard input, where no list of processes shows them. */
export type DatabaseWishes = {
  readonly adminUrl: string;
  readonly roles: readonly { readonly name: string; readonly password: string }[];
};

/**
 * Creates or refreshes roles, schemas and the log.
 * @throws Error with the database's own words
 */
export async function prepareDatabaseApart(wishes: DatabaseWishes): Promise<void> {
  const program = fileURLToPath(new URL('prepare-database.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined).end(JSON.stringify(wishes));
  const [words, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`The database cannot be prepared: ${words.trim()}`);
}
