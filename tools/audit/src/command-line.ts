/** What the auditor's programs have in common: options, help, exit codes. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
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

/** Every program has these besides its own. */
const everyOption = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: boolean }>
>;

export type AuditProgram<Options extends ParseArgsOptionsConfig> = {
  readonly help: string;
  readonly options: Options;
  /** What it is asked about; undefined: nothing. */
  readonly subject?: boolean;
  readonly run: (
    values: Values<Options>['values'],
    words: readonly string[],
  ) => Promise<Outcome | null>;
};

/** Works on the whole database that the environment names. */
export async function withDatabase<Result>(
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const { ADMIN_DATABASE_URL: url } = readConfig();
  const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 1 });
  try {
    return await work(orm.em);
  } finally {
    await orm.close();
  }
}

/**
 * Runs a program and answers its exit code: 0 when sound, 1 when not, 2 when it could not be done. One that
 * answers null has printed by itself.
 */
export async function runAudit<Options extends ParseArgsOptionsConfig>(
  words: readonly string[],
  program: AuditProgram<Options>,
): Promise<number> {
  try {
    const options = { ...program.options, ...everyOption };
    const args = [...words];
    const { values: common } = parseArgs({ args, options: everyOption, strict: false });
    const { values, positionals } = parseArgs({
      args,
      options,
      allowPositionals: program.subject === true,
    });
    if (common.help === true) {
      console.log(program.help);
      return 0;
    }
    const outcome = await program.run(values as Values<Options>['values'], positionals);
    if (outcome === null) return 0;
    const { sound, lines, report } = outcome;
    console.log(common.json === true ? JSON.stringify(report, null, 2) : lines.join('\n'));
    return sound ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}
