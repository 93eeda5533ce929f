/** `npm run bench -- log`: how fast the log takes, passes on and gives back what happened. */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@firesteel/event-store/test-database';
import type { Config } from '../config.ts';
import { measureAppending } from './append.ts';
import { measureAuditing } from './audit.ts';
import type { LogRequest } from './command-line.ts';
import { measureLag } from './lag.ts';
import { type LogReport, logLines } from './report.ts';
import { startStack } from './stack.ts';

async function measure(
  request: LogRequest,
  config: Config,
  folder: string,
  say: (text: string) => void,
): Promise<LogReport> {
  say('Starting a PostgreSQL, a Kafka and a ledger …');
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
  const stack = await startStack(folder, config.installationFile, [...ports]);
  try {
    const lag = await measureLag(stack, request);
    say(`to Kafka: p50 ${lag.ms?.p50.toFixed(0)} ms, p99 ${lag.ms?.p99.toFixed(0)} ms`);
    await stack.stopLedger();
    const appending = await measureAppending(stack.database, request, say);
    const compileCacheDir = join(dirname(config.installationFile), 'node-compile-cache');
    const auditing = await measureAuditing(stack.database, { ...request, compileCacheDir }, say);
    return { request, lag, appending, auditing, load: loadavg()[0] ?? 0 };
  } finally {
    await stack.stop();
  }
}

/** @returns the exit code: 0 when everything could be measured */
export async function benchLog(
  request: LogRequest,
  config: Config,
  say: (text: string) => void,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'firesteel-bench-log-'));
  try {
    const report = await measure(request, config, folder, say);
    const text = request.json ? JSON.stringify(report, null, 2) : logLines(report).join('\n');
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
