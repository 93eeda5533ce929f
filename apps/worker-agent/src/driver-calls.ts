/** What a driver's cluster manager plug-in says to its agent, folded into what capacity must know. */
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import { z } from 'zod';
import type { DriverCalls } from './worker-folder.ts';

const executorIds = z.object({ executorIds: z.array(z.string()) });

/** The bodies of the plug-in's calls, by the last part of their path. */
export const driverCallBodies = {
  driver: z.object({ url: z.string() }),
  targets: z.object({
    sequence: z.number().int(),
    targets: z.array(
      z.object({
        resourceProfileId: z.number().int(),
        executors: z.number().int().nonnegative(),
        cores: z.number().int().positive(),
        memoryMb: z.number().int().positive(),
        memoryOverheadMb: z.number().int().nonnegative(),
      }),
    ),
  }),
  kill: executorIds,
  decommission: executorIds,
  milestone: z.object({ name: z.string(), epochMs: z.number() }),
} as const;

export const noDriverCalls: DriverCalls = {
  driverUrl: null,
  targets: null,
  kill: [],
  decommission: [],
};

/** A driver's latest targets; an older sequence that arrives late changes nothing. */
export const withTargets = (
  calls: DriverCalls,
  targets: NonNullable<DriverCalls['targets']>,
): DriverCalls =>
  calls.targets !== null && calls.targets.sequence > targets.sequence
    ? calls
    : { ...calls, targets };

/** Adds executors that are leaving. Executor ids are never used twice in a run, so repeating is harmless. */
export const withLeaving = (
  calls: DriverCalls,
  how: 'kill' | 'decommission',
  ids: readonly string[],
): DriverCalls => ({ ...calls, [how]: [...new Set([...calls[how], ...ids])] });

/** Everything a driver has said so far, for a connection on which nothing of it was said yet. */
export const messagesOf = (
  calls: DriverCalls,
  workerId: string,
  jobRunId: string,
): AgentMessage[] => {
  const from = { workerId, jobRunId };
  const leaving = (['kill', 'decommission'] as const)
    .filter((how) => calls[how].length > 0)
    .map(
      (how): AgentMessage => ({ type: 'executorsLeaving', ...from, executorIds: calls[how], how }),
    );
  return [
    ...(calls.driverUrl === null
      ? []
      : [{ type: 'driverRegistered' as const, ...from, driverUrl: calls.driverUrl }]),
    ...(calls.targets === null ? [] : [{ type: 'targets' as const, ...from, ...calls.targets }]),
    ...leaving,
  ];
};
