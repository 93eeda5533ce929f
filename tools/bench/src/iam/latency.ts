/** What authorization adds to a call: the authorizer asked as the gateway asks it, at a steady rate. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import { sha256Hex } from '@firesteel/aws-protocol/sigv4/signing-key';
import { type InternalClient, internalClient } from '@firesteel/http/internal-client';
import { readKey } from '@firesteel/service/environment';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { authorization } from '../signed-get.ts';
import { type Summary, summarize } from '../statistics.ts';

export type Latency = {
  readonly rate: number;
  readonly calls: number;
  readonly failed: number;
  /** Milliseconds from when a call was due to its answer, whose fact is durable. */
  readonly ms: Summary | undefined;
};

const ports = z.object({ 'iam-authorizer': z.number() });
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
function questionOf({ access }: Config, number: number): object {
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
    requestId: `bench-${number}`,
  };
}

/**
 * Asks `rate` times a second, whether earlier answers have come or not.
 * @returns undefined where this is not the installation's own machine
 */
export async function measureLatency(
  config: Config,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Latency | undefined> {
  if (config.homeDir === undefined) return undefined;
  const client = clientOf(config.homeDir);
  const warmUp = rate;
  const calls = rate * seconds;
  const took: number[] = [];
  let failed = 0;
  const startMs = performance.now();
  const underWay: Promise<void>[] = [];
  for (let number = 0; number < warmUp + calls; number += 1) {
    const dueMs = startMs + (number * 1_000) / rate;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    // Timers are late by a millisecond or so: a call is due when it can be sent.
    const sentMs = Math.max(dueMs, performance.now());
    const call = client.call('POST', '/v1/authorize', { body: questionOf(config, number) });
    underWay.push(
      call.then(
        (answer) => {
          if (z.object({ allowed: z.literal(true) }).safeParse(answer).success) {
            if (number >= warmUp) took.push(performance.now() - sentMs);
          } else failed += 1;
        },
        () => {
          failed += 1;
        },
      ),
    );
  }
  await Promise.all(underWay);
  return { rate, calls, failed, ms: summarize(took) };
}
