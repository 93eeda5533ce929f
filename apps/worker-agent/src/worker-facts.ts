/** From a worker's record to its facts: a pure function, so a repeated fact is the same fact. */
import type { AgentMessage, WorkerFact } from '@firesteel/contracts/agent-protocol';
import type { WorkerRecord } from './worker-folder.ts';

/** What the logs of an ended worker say about its end. */
export type LogEvidence = { readonly lastExceptions: string; readonly outOfMemory: boolean };

export type FactMessage = Extract<AgentMessage, { type: 'fact' }>;
export type WorkerState = 'starting' | 'ready' | 'bound' | 'exited';

const killed = 137;
/** Spark's own exit code for an executor out of memory (org.apache.spark.util.SparkExitCode). */
const sparkOutOfMemory = 52;

/** In which of the protocol's states a worker is. */
export const stateOf = (record: WorkerRecord): WorkerState => {
  if (record.end !== null || record.launchFailure !== null) return 'exited';
  if (record.bound !== null) return 'bound';
  return record.ready === null ? 'starting' : 'ready';
};

const reasonOf = (record: WorkerRecord, outOfMemory: boolean): string => {
  const end = record.end;
  if (end?.reason) return end.reason;
  if (record.stop !== null) return record.stop.reason;
  if (outOfMemory) return 'out of memory';
  const code = end?.code ?? 0;
  return code > 128 ? `ended by signal ${code - 128}` : 'ended by itself';
};

/** A kill that nobody here ordered is the kernel's or the container's, for want of memory. */
const ranOutOfMemory = (record: WorkerRecord, evidence: LogEvidence): boolean => {
  const code = record.end?.code ?? 0;
  if (code === 0) return false;
  return (
    (code === killed && record.stop === null) || code === sparkOutOfMemory || evidence.outOfMemory
  );
};

/** AWS' words, seen in stateDetails of runs whose worker the kernel killed (reference emr-serverless §3.2). */
const memoryExceeded =
  'Worker has been killed as memory usage exceeded configured memory size, consider increasing memory size';

const exceptionsOf = (
  record: WorkerRecord,
  evidence: LogEvidence,
  outOfMemory: boolean,
): string => {
  if (record.end?.code === 0 || record.spec?.workerType !== 'SPARK_DRIVER') return '';
  return outOfMemory && record.end?.code === killed ? memoryExceeded : evidence.lastExceptions;
};

/**
 * How long it idled before it was given its run; null when it never was. Never longer than it was ready,
 * so that the two can be subtracted even where nobody saw the end and the wall clock had to do.
 */
const boundAfterMs = ({ ready, bound, end }: WorkerRecord): number | null =>
  ready === null || bound === null
    ? null
    : Math.min(Math.max(0, bound.uptimeMs - ready.uptimeMs), end?.readyMs ?? 0);

const exitedFact = (record: WorkerRecord, evidence: LogEvidence): WorkerFact => {
  const outOfMemory = ranOutOfMemory(record, evidence);
  return {
    kind: 'exited',
    exitCode: record.end?.code ?? null,
    reason: reasonOf(record, outOfMemory),
    outOfMemory,
    lastExceptions: exceptionsOf(record, evidence, outOfMemory),
    readyMs: record.end?.readyMs ?? 0,
    boundAfterMs: boundAfterMs(record),
  };
};

const message = (workerId: string, at: string, fact: WorkerFact): FactMessage => ({
  type: 'fact',
  factId: `${workerId}:${fact.kind}`,
  workerId,
  at,
  fact,
});

/** Facts before the end, in the order in which they happened. */
const lifeOf = ({ workerId, shim, ready, bound }: WorkerRecord): FactMessage[] => [
  ...(shim === null ? [] : [message(workerId, shim.at, { kind: 'launched', pid: shim.pid })]),
  ...(ready === null
    ? []
    : [
        message(workerId, ready.at, {
          kind: 'ready',
          bootMs: Math.max(0, ready.uptimeMs - (shim?.uptimeMs ?? ready.uptimeMs)),
        }),
      ]),
  ...(bound === null ? [] : [message(workerId, bound.at, { kind: 'bound' })]),
];

/**
 * Every fact of a worker so far that capacity has not acknowledged, oldest first. A fact's id is made of
 * the worker and the kind, since each happens once; `evidence` is asked for only once the worker has ended.
 */
export const factsOf = (record: WorkerRecord, evidence: () => LogEvidence): FactMessage[] => {
  const { workerId, launchFailure, end } = record;
  const facts = lifeOf(record);
  if (launchFailure !== null) {
    const fact: WorkerFact = { kind: 'launchFailed', reason: launchFailure.reason };
    facts.push(message(workerId, launchFailure.at, fact));
  } else if (end !== null && !record.acknowledged.includes('exited')) {
    facts.push(message(workerId, end.at, exitedFact(record, evidence())));
  }
  return facts.filter(({ fact }) => !record.acknowledged.includes(fact.kind));
};

/** True once capacity knows the worker's end, and with it everything before. */
export const endIsAcknowledged = ({ acknowledged }: WorkerRecord): boolean =>
  acknowledged.includes('exited') || acknowledged.includes('launchFailed');
