/** What `verify` and `replay` have in common as programs: options, help, exit codes. */
import { parseArgs } from 'node:util';
import { openDatabase } from '@firesteel/event-store/database';
import type { EntityManager } from '@mikro-orm/postgresql';
import { readConfig } from './config.ts';

/** What a program prints, and whether everything was as it must be. */
export type Outcome = {
  readonly sound: boolean;
  readonly lines: readonly string[];
  /** The same for machines, printed by `--json`. */
  readonly report: object;
};

/** Reads the options. @throws TypeError for any option but `--json` and `--help` */
const optionsOf = (words: readonly string[]) =>
  parseArgs({
    args: [...words],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;

async function withDatabase<Result>(work: (em: EntityManager) => Promise<Result>): Promise<Result> {
  const { ADMIN_DATABASE_URL: url } = readConfig();
  const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
  try {
    return await work(orm.em);
  } finally {
    await orm.close();
  }
}

/**
 * Runs an audit and answers the exit code: 0 when sound, 1 when not, 2 when it could not be done.
 */
export async function runAudit(
  words: readonly string[],
  help: string,
  audit: (em: EntityManager) => Promise<Outcome>,
): Promise<number> {
  try {
    const options = optionsOf(words);
    if (options.help) {
      console.log(help);
      return 0;
    }
    const { sound, lines, report } = await withDatabase(audit);
    console.log(options.json ? JSON.stringify(report, null, 2) : lines.join('\n'));
    return sound ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}
