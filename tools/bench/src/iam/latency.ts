/**
 * What authorization adds to a call: the authorizer asked as the gateway asks it, at steady rates. The gateway would
 * ask nobody without it, so the whole of a call counts. Rounds alternate with calls that do nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { authorization } from '@firesteel/aws-protocol/sigv4/signed-get';
import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import { sha256Hex } from '@firesteel/aws-protocol/sigv4/signing-key';
import { type InternalClient, internalClient } from '@firesteel/http/internal-client';
import { readKey } from '@firesteel/service/environment';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type Summary, summarize } from '../statistics.ts';

/** What came of one rate; the best of its rounds, since others use the machine too. */
export type Latency = {
  /** Calls a second, sent whether earlier answers have come or not. */
  readonly rate: number;
  readonly calls: number;
  readonly failed: number;
  /** Milliseconds from when a call was due to its answer, whose fact is written down: all of it is added to a call of a client. */
  readonly ms: Summary | undefined;
  /** The same for a call that does nothing at the same process: what the machine takes for any. */
  readonly emptyMs: Summary | undefined;
  /** Processor time of the iam-authorizer for a call, in milliseconds; null where it cannot be read. */
  readonly cpuMs: number | null;
};

/** The bests that rounds give. */
export type Round = Omit<Latency, 'rate'>;

const ports = z.object({ 'iam-authorizer': z.number() });
const running = z.object({ pid: z.number() });
const ticksPerSecond = 100;

/** Processor time that the iam-authorizer has had, in milliseconds (proc_pid_stat(5): utime, stime); null where it is not known. */
function cpuMsOf(homeDir: string): number | null {
  try {
    const file = join(homeDir, 'run', 'iam-authorizer.json');
    const { pid } = running.parse(JSON.parse(readFileSync(file, 'utf8')));
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user, system] = rest.split(' ').slice(11, 13).map(Number);
    return (((user ?? 0) + (system ?? 0)) * 1_000) / ticksPerSecond;
  } catch {
    return null;
  }
}
const path = '/firesteel/v1/bench';

function clientOf(homeDir: string): InternalClient {
  const port = ports.parse(JSON.parse(readFileSync(join(homeDir, 'ports.json'), 'utf8')));
  return internalClient({
    service: 'iam-authorizer',
    baseUrl: `http://127.0.0.1:${port['iam-authorizer']}`,
    caller: 'gateway',
    serviceKey: readKey(join(homeDir, 'secrets'), 'service.key'),
  });
}

/** One signed request, as the gateway puts it. */
function questionOf({ access }: Config): object {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const parsed = parseAuthorization({
    method: 'GET',
    rawPath: path,
    rawQuery: '',
    headers: [
      ['host', new URL(access.endpointUrl).host],
      ['x-amz-date', time],
      ['authorization', authorization(access, path, time)],
    ],
  });
  if (!parsed.ok) throw new Error(parsed.message);
  return {
    request: parsed.request,
    bodySha256: sha256Hex(''),
    service: 'firesteel',
    action: 'firesteel:Bench',
    resource: '*',
    sourceIp: '127.0.0.1',
    requestId: 'bench',
  };
}

type Steady = { readonly took: readonly number[]; readonly failed: number };

/** Calls `rate` times a second for so long, whether earlier answers have come or not, after a second that does not count. */
async function steady(
  rate: number,
  seconds: number,
  call: () => Promise<boolean>,
): Promise<Steady> {
  const took: number[] = [];
  let failed = 0;
  const startMs = performance.now();
  const underWay: Promise<void>[] = [];
  const one = async (counts: boolean, sentMs: number): Promise<void> => {
    const good = await call().catch(() => false);
    if (!good) failed += 1;
    else if (counts) took.push(performance.now() - sentMs);
  };
  for (let number = 0; number < rate * (1 + seconds); number += 1) {
    const dueMs = startMs + (number * 1_000) / rate;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    // Timers are late by a millisecond or so: a call is due when it can be sent.
    underWay.push(one(number >= rate, Math.max(dueMs, performance.now())));
  }
  await Promise.all(underWay);
  return { took, failed };
}

const allowed = z.object({ allowed: z.literal(true) });

/** One round at one rate: authorizations, then calls that do nothing. */
async function roundOf(config: Config, rate: number, seconds: number): Promise<Round> {
  const homeDir = config.homeDir ?? '';
  const client = clientOf(homeDir);
  const body = questionOf(config);
  const before = cpuMsOf(homeDir);
  const asked = await steady(rate, seconds, async () => {
    const answer = await client.call('POST', '/v1/authorize', { body });
    return allowed.safeParse(answer).success;
  });
  const after = cpuMsOf(homeDir);
  const empty = await steady(rate, seconds, async () => {
    await client.call('GET', '/health');
    return true;
  });
  return {
    calls: asked.took.length,
    failed: asked.failed + empty.failed,
    ms: summarize(asked.took),
    emptyMs: summarize(empty.took),
    cpuMs: before === null || after === null ? null : (after - before) / (rate * (1 + seconds)),
  };
}

/** The best of each measure, all calls and all failures together. */
export function bestOf(rate: number, rounds: readonly Round[]): Latency {
  const least = (key: 'ms' | 'emptyMs'): Summary | undefined =>
    rounds.flatMap((round) => round[key] ?? []).toSorted((one, other) => one.p99 - other.p99)[0];
  const sum = (key: 'calls' | 'failed'): number =>
    rounds.reduce((total, round) => total + round[key], 0);
  const times = rounds.flatMap(({ cpuMs }) => cpuMs ?? []);
  return {
    rate,
    calls: sum('calls'),
    failed: sum('failed'),
    ms: least('ms'),
    emptyMs: least('emptyMs'),
    cpuMs: times.length === 0 ? null : Math.min(...times),
  };
}

/**
 * Measures each rate once in each round.
 * @returns nothing where this is not the installation's own machine
 */
export async function measureLatency(
  config: Config,
  {
    rates,
    seconds,
    rounds,
  }: { readonly rates: readonly number[]; readonly seconds: number; readonly rounds: number },
): Promise<readonly Latency[]> {
  if (config.homeDir === undefined) return [];
  const all: { rate: number; round: Round }[] = [];
  for (let number = 0; number < rounds; number += 1)
    for (const rate of rates) all.push({ rate, round: await roundOf(config, rate, seconds) });
  return rates.map((rate) =>
    bestOf(
      rate,
      all.filter((one) => one.rate === rate).map(({ round }) => round),
    ),
  );
}
