/**
 * The pre-initialised workers of one started application: STARTING → READY → RELEASING → RELEASED, or
 * FAILED when they cannot be had (reference emr-serverless §4.5). It may be asked for again afterwards,
 * when the application starts anew.
 */
import type { PoolEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';

type Request = Omit<Extract<PoolEvent, { type: 'PoolRequested' }>['data'], 'at'>;

export type PoolStatus = 'STARTING' | 'READY' | 'RELEASING' | 'RELEASED' | 'FAILED';

export type Pool = Request & {
  readonly status: PoolStatus;
  /** All its workers are in one zone, as with AWS; null until it has one. */
  readonly zone: string | null;
  /** Why it is where it is, or why it is no more. */
  readonly reason: string;
  /** Workers that ended one after another before a run was given to them. */
  readonly failuresInARow: number;
  readonly lastFailureAt: string | null;
  readonly requestedAt: string;
};

export type PoolState = { readonly status: 'ABSENT' } | Pool;

export type PoolCommand =
  | { readonly type: 'RequestPool'; readonly request: Request; readonly at: string }
  | {
      readonly type: 'PlacePool';
      readonly zone: string;
      readonly reason: string;
      readonly at: string;
    }
  | { readonly type: 'NotePoolReady'; readonly at: string }
  | {
      readonly type: 'CountPoolFailure';
      readonly workerId: string;
      readonly reason: string;
      readonly at: string;
    }
  | { readonly type: 'FailPool'; readonly reason: string; readonly at: string }
  | { readonly type: 'ReleasePool'; readonly reason: string; readonly at: string }
  /** The last of its free workers has ended. */
  | { readonly type: 'FinishRelease'; readonly at: string };

/** So many workers that end before they are ready end the start: a replacement would die of the same thing. */
const failureLimit = 3;
/** Failures so far apart are not one row. */
const rowGapMs = 10 * 60_000;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

const sinceMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

const failuresWith = (at: string, { failuresInARow, lastFailureAt }: Pool): number =>
  lastFailureAt !== null && sinceMs(lastFailureAt, at) < rowGapMs ? failuresInARow + 1 : 1;

/** Whether it has, or is to have, workers that wait for runs. */
export const isKept = ({ status }: Pool): boolean => status === 'STARTING' || status === 'READY';

/** How long a worker's replacement waits after failures, from `lastFailureAt`; in milliseconds. */
export const refillPauseMs = ({ failuresInARow }: Pool): number =>
  failuresInARow === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (failuresInARow - 1));

function countFailure(
  { workerId, reason, at }: Extract<PoolCommand, { type: 'CountPoolFailure' }>,
  pool: Pool,
): readonly PoolEvent[] {
  const { applicationId } = pool;
  if (!isKept(pool)) return [];
  const failed: PoolEvent = {
    type: 'PoolWorkerFailed',
    data: { applicationId, workerId, reason, at },
  };
  if (pool.status === 'READY' || failuresWith(at, pool) < failureLimit) return [failed];
  const whole = `${failureLimit} pre-initialised workers in a row ended before they were ready; the last one: ${reason}`;
  return [failed, { type: 'PoolFailed', data: { applicationId, reason: whole, at } }];
}

function decideKnown(
  command: Exclude<PoolCommand, { type: 'RequestPool' }>,
  pool: Pool,
): readonly PoolEvent[] {
  const { applicationId } = pool;
  const { at } = command;
  switch (command.type) {
    case 'PlacePool': {
      const { zone, reason } = command;
      const isNews = isKept(pool) && pool.zone !== zone;
      return isNews ? [{ type: 'PoolPlaced', data: { applicationId, zone, reason, at } }] : [];
    }
    case 'NotePoolReady':
      return pool.status === 'STARTING' ? [{ type: 'PoolReady', data: { applicationId, at } }] : [];
    case 'CountPoolFailure':
      return countFailure(command, pool);
    case 'FailPool':
      return pool.status === 'STARTING'
        ? [{ type: 'PoolFailed', data: { applicationId, reason: command.reason, at } }]
        : [];
    case 'ReleasePool':
      return isKept(pool)
        ? [{ type: 'PoolReleasing', data: { applicationId, reason: command.reason, at } }]
        : [];
    case 'FinishRelease':
      return pool.status === 'RELEASING'
        ? [{ type: 'PoolReleased', data: { applicationId, at } }]
        : [];
  }
}

function decide(command: PoolCommand, state: PoolState): readonly PoolEvent[] {
  if (command.type !== 'RequestPool')
    return state.status === 'ABSENT' ? [] : decideKnown(command, state);
  const isNews = state.status === 'ABSENT' || !isKept(state);
  return isNews ? [{ type: 'PoolRequested', data: { ...command.request, at: command.at } }] : [];
}

function evolve(state: PoolState, event: PoolEvent): PoolState {
  if (event.type === 'PoolRequested') {
    const { at, ...request } = event.data;
    return {
      ...request,
      status: 'STARTING',
      zone: null,
      reason: '',
      failuresInARow: 0,
      lastFailureAt: null,
      requestedAt: at,
    };
  }
  return state.status === 'ABSENT' ? state : evolveKnown(state, event);
}

function evolveKnown(pool: Pool, event: Exclude<PoolEvent, { type: 'PoolRequested' }>): Pool {
  switch (event.type) {
    case 'PoolPlaced':
      return { ...pool, zone: event.data.zone, reason: event.data.reason };
    case 'PoolReady':
      return { ...pool, status: 'READY', failuresInARow: 0 };
    case 'PoolWorkerFailed':
      return {
        ...pool,
        failuresInARow: failuresWith(event.data.at, pool),
        lastFailureAt: event.data.at,
      };
    case 'PoolFailed':
      return { ...pool, status: 'FAILED', reason: event.data.reason };
    case 'PoolReleasing':
      return { ...pool, status: 'RELEASING', reason: event.data.reason };
    case 'PoolReleased':
      return { ...pool, status: 'RELEASED' };
  }
}

export const pool: Decider<PoolState, PoolCommand, PoolEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
