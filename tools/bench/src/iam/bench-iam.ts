/** `npm run bench -- iam`: how fast decisions are, and whether another engine decides the same. */
import { loadavg } from 'node:os';
import type { Config } from '../config.ts';
import type { Summary } from '../statistics.ts';
import { table } from '../table.ts';
import type { IamRequest } from './command-line.ts';
import { compareEngines, differentialLines } from './differential.ts';
import { type Latency, measureLatency } from './latency.ts';
import { fetchOracle } from './oracle.ts';
import { measureSpeed, type Speed } from './speed.ts';

const count = (value: number): string => value.toLocaleString('en-US');
const ms = (value: number): string => `${value.toFixed(1)} ms`;

const speedLines = ({ ours, oracle, ratio }: Speed): string[] => [
  `Decisions a second   ${count(ours.evaluationsPerSecond)} (${count(ours.evaluationsPerCpuSecond)} a second of processor time), ${ours.policies} policies each`,
  oracle === null
    ? 'iam-simulate         could not be fetched: the registry cannot be reached'
    : `${oracle.name.padEnd(20)} ${count(oracle.evaluationsPerSecond)}: ours are ${ratio} times as many`,
];

const summary = (took: Summary | undefined): string[] =>
  took === undefined ? ['-', '-'] : [ms(took.p50), ms(took.p99)];

/** A table of rates; what is added to a client's call is the whole of the authorizer's. */
const latencyLines = (latencies: readonly Latency[]): string[] =>
  latencies.length === 0
    ? ['Authorization        not measured: this is not the machine of the installation']
    : [
        'Authorization adds to a call, in the best round of each rate:',
        ...table([
          ['calls a second', 'p50', 'p99', 'p50 of an empty call', 'p99', 'CPU', 'calls', 'failed'],
          ...latencies.map(({ rate, calls, failed, ms: took, emptyMs, cpuMs }) => [
            String(rate),
            ...summary(took),
            ...summary(emptyMs),
            cpuMs === null ? '-' : `${cpuMs.toFixed(2)} ms`,
            count(calls),
            String(failed),
          ]),
        ]),
      ];

/** @returns the exit code: 0 unless a difference is unexplained or a call failed */
export async function benchIam(request: IamRequest, config: Config): Promise<number> {
  const print = (report: object, lines: readonly string[]): void => {
    process.stdout.write(`${request.json ? JSON.stringify(report, null, 2) : lines.join('\n')}\n`);
  };
  const oracle = await fetchOracle(config.cacheDir);
  if (request.differential !== null) {
    if (oracle === undefined)
      throw new Error('iam-simulate could not be fetched: the registry cannot be reached.');
    const outcome = await compareEngines(request.differential, oracle);
    print(outcome, differentialLines(outcome));
    return outcome.unexplained.length === 0 ? 0 : 1;
  }
  const latencies = await measureLatency(config, request);
  const speed = await measureSpeed(request.seconds, oracle);
  const load = loadavg()[0] ?? 0;
  print({ speed, latencies, load }, [
    ...speedLines(speed),
    ...latencyLines(latencies),
    `Load of the machine  ${load.toFixed(1)}`,
  ]);
  return latencies.every(({ failed }) => failed === 0) ? 0 : 1;
}
