/** The command line: settings in, one command, an exit code. */
import { fileURLToPath } from 'node:url';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import type { CommandContext } from './commands/context.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { foregroundCommand } from './commands/foreground.ts';
import {
  benchCommand,
  exportCommand,
  keyCommand,
  proofCommand,
  replayCommand,
  verifyCommand,
} from './commands/program-of-service.ts';
import { runtimeCommand } from './commands/runtime.ts';
import { setupCommand } from './commands/setup.ts';
import { statusCommand } from './commands/status.ts';
import { superviseWord, upCommand } from './commands/up.ts';
import { readConfig } from './config.ts';
import { layoutOf } from './state/layout.ts';
import { explainFailure } from './supervisor/failure.ts';
import { planInstallation } from './supervisor/plan.ts';
import { supervise } from './supervisor/supervise.ts';
import { paintWith } from './terminal/paint.ts';

const repoDir = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

function makeContext(): CommandContext {
  const config = readConfig(repoDir);
  return {
    config,
    layout: layoutOf(config.homeDir),
    repoDir,
    paint: paintWith(config.colour),
    say: (line) => console.log(line),
  };
}

const superviseInBackground = ({ config, layout }: CommandContext): Promise<number> =>
  supervise(
    layout,
    () => planInstallation(config, layout, repoDir),
    () => undefined,
  );

function runCommand(
  { command, options, rest }: Extract<CommandLine, { kind: 'run' }>,
  context: CommandContext,
): Promise<number> {
  const word = (at: number): string => rest[at] ?? '';
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const table: Record<typeof command, () => Promise<number>> = {
    doctor: () => doctorCommand(context),
    setup: () => setupCommand(context, options['ignore-system-java'] === true),
    up: () => upCommand(context),
    down: () => downCommand(context),
    status: () => statusCommand(context, options['json'] === true),
    foreground: () => foregroundCommand(context),
    runtime: () =>
      runtimeCommand(context, word(0), word(1), {
        asLine: text('as'),
        json: options['json'] === true,
      }),
    // The AWS clients take a third of a second to load: only for whom they are.
    demo: async () => (await import('./demo/demo.ts')).demoCommand(context),
    // So do the database's.
    capacity: async () =>
      (await import('./commands/capacity.ts')).capacityCommand(
        context,
        word(0),
        options['json'] === true,
      ),
    zone: async () =>
      (await import('./commands/zone.ts')).zoneCommand(context, word(0), rest[1], {
        reason: text('reason'),
        json: options['json'] === true,
      }),
    parked: async () =>
      (await import('./commands/parked.ts')).parkedCommand(context, word(0), rest[1], {
        json: options['json'] === true,
      }),
    account: async () =>
      (await import('./commands/account.ts')).accountCommand(context, word(0), {
        name: text('name'),
        accountId: text('account-id'),
        profile: text('profile'),
        json: options['json'] === true,
      }),
    audit: async () =>
      (await import('./commands/audit.ts')).auditCommand(context, {
        principal: text('principal'),
        action: text('action'),
        since: text('since'),
        until: text('until'),
        accountId: text('account'),
        limit: text('limit'),
        allowed: options['allowed'] === true,
        denied: options['denied'] === true,
        json: options['json'] === true,
      }),
    statement: async () =>
      (await import('./commands/statement.ts')).statementCommand(context, word(0), word(1), {
        month: text('month'),
        accountId: text('account'),
        by: text('by'),
        format: text('format'),
        asKnownAt: text('as-known-at'),
        check: options['check'] === true,
        early: options['early'] === true,
        seconds: text('seconds'),
        reason: text('reason'),
        who: text('who'),
      }),
    prices: async () =>
      (await import('./commands/prices.ts')).pricesCommand(
        context,
        word(0),
        word(1),
        options['json'] === true,
      ),
    budget: async () =>
      (await import('./commands/budget.ts')).budgetCommand(context, word(0), word(1), {
        accountId: text('account'),
        applicationId: text('application'),
        tag: text('tag'),
        monthly: text('monthly'),
        warnAt: text('warn-at'),
        hard: options['hard'] === true,
        json: options['json'] === true,
      }),
    replay: () => replayCommand(context, rest),
    verify: () => verifyCommand(context, rest),
    export: () => exportCommand(context, rest),
    proof: () => proofCommand(context, rest),
    key: () => keyCommand(context),
    backup: async () => (await import('./commands/backup.ts')).backupCommand(context, word(0)),
    restore: async () =>
      (await import('./commands/restore.ts')).restoreCommand(context, word(0), {
        replace: options['replace'] === true,
        acceptLoss: options['accept-loss'] === true,
      }),
    bench: () => benchCommand(context, rest),
    test: async () =>
      (await import('./test/test.ts')).testCommand(context, options['no-e2e'] !== true),
  };
  return table[command]();
}

async function main(words: readonly string[]): Promise<number> {
  if (words[0] === superviseWord) return superviseInBackground(makeContext());
  const line = parseCommandLine(words);
  if (line.kind === 'help') {
    console.log(line.text);
    return 0;
  }
  if (line.kind === 'mistake') {
    console.error(line.text);
    return 64;
  }
  return runCommand(line, makeContext());
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(explainFailure(error));
  process.exit(1);
}
