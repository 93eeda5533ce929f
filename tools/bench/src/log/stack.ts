/** What the log's bench runs on: a PostgreSQL and a Kafka of its own, and the ledger as its own process. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { planKafka, readTemplate } from '@firesteel/cli/kafka';
import { postgresSettings } from '@firesteel/cli/postgres-settings';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { readInstallation } from '../installation.ts';
import { endProcessGroup, type ProcessGroup, startProcessGroup } from '../process-group.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

export type Stack = {
  readonly database: TestDatabase;
  readonly brokers: string;
  readonly wakePort: number;
  readonly stopLedger: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Programs of the checkout. */
export const programOf = (...path: readonly string[]): string => join(root, ...path);

function makeSecrets(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'service.key'), '07'.repeat(32));
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(
    join(folder, 'ledger-signing.pem'),
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
}

async function startKafka(
  folder: string,
  installationFile: string,
  ports: { readonly broker: number; readonly controller: number },
): Promise<ProcessGroup> {
  const { javaBin, kafka } = readInstallation(installationFile);
  const programs = { javaBin, libDir: kafka.libDir, template: readTemplate(root) };
  const plan = planKafka({ dataDir: folder }, programs, ports);
  const group = startProcessGroup(plan.command, plan.args, plan.env, plan.cwd);
  while (!(await plan.isReady(group.pid))) {
    if (!group.isRunning()) throw new Error(`Kafka did not start: ${group.stderr()}`);
    await pause(200);
  }
  return group;
}

/**
 * Starts all of it below a folder.
 * @param ports four that are free
 */
export async function startStack(
  folder: string,
  installationFile: string,
  ports: readonly [number, number, number, number],
): Promise<Stack> {
  const [broker, controller, ledgerPort, wakePort] = ports;
  const brokers = `127.0.0.1:${broker}`;
  const secrets = join(folder, 'secrets');
  makeSecrets(secrets);
  const groups: ProcessGroup[] = [];
  const database = await startTestDatabase({ durable: true, settings: postgresSettings });
  const stop = async (): Promise<void> => {
    for (const group of groups.toReversed()) await endProcessGroup(group);
    await database.stop();
  };
  try {
    groups.push(await startKafka(folder, installationFile, { broker, controller }));
    const ledger = startProcessGroup(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', programOf('apps/ledger/src/main.ts')],
      {
        PORT: String(ledgerPort),
        LEDGER_WAKE_PORT: String(wakePort),
        KAFKA_BROKERS: brokers,
        DATABASE_URL: database.urlOf('ledger'),
        FIRESTEEL_SECRETS_DIR: secrets,
        FIRESTEEL_DATA_DIR: folder,
        CHECKPOINT_FILE: join(folder, 'checkpoints.ndjson'),
        LOG_LEVEL: 'warn',
      },
      folder,
    );
    groups.push(ledger);
    return { database, brokers, wakePort, stopLedger: () => endProcessGroup(ledger), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
