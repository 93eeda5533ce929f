/** Where everything of one installation lives. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Absolute paths below the home directory (`.firesteel`). */
export type Layout = {
  readonly homeDir: string;
  readonly logsDir: string;
  readonly runDir: string;
  readonly dataDir: string;
  readonly secretsDir: string;
  readonly checkpointsDir: string;
  readonly awsDir: string;
  readonly awsEnvFile: string;
  readonly portsFile: string;
  readonly controlSocket: string;
  readonly failureFile: string;
};

/** Names all paths without touching the disk. */
export function layoutOf(homeDir: string): Layout {
  const runDir = join(homeDir, 'run');
  return {
    homeDir,
    logsDir: join(homeDir, 'logs'),
    runDir,
    dataDir: join(homeDir, 'data'),
    secretsDir: join(homeDir, 'secrets'),
    checkpointsDir: join(homeDir, 'checkpoints'),
    awsDir: join(homeDir, 'aws'),
    awsEnvFile: join(homeDir, 'aws.env'),
    portsFile: join(homeDir, 'ports.json'),
    controlSocket: join(runDir, 'control.sock'),
    failureFile: join(runDir, 'failure.txt'),
  };
}

/** Creates the directories; secrets are the owner's alone. */
export function createDirectories(layout: Layout): void {
  for (const dir of [layout.homeDir, layout.dataDir]) mkdirSync(dir, { recursive: true });
  const own = [
    layout.logsDir,
    layout.runDir,
    layout.secretsDir,
    layout.checkpointsDir,
    layout.awsDir,
  ];
  for (const dir of own) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
  }
}

export const logFileOf = (layout: Layout, name: string): string =>
  join(layout.logsDir, `${name}.log`);

/**
 * Linux' abstract socket that only one supervisor of this home can hold. Inode and device are part of the name
 * because containers that share a network may both call their home /app/.firesteel.
 */
export function lockNameOf(layout: Layout): string {
  const { dev, ino } = statSync(layout.homeDir);
  const digest = createHash('sha256').update(`${layout.homeDir}\n${dev}\n${ino}`).digest('hex');
  return `\0firesteel-${digest.slice(0, 32)}`;
}
