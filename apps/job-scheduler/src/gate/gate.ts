/**
 * An application's gate: which runs may be under way, which wait, and when the application is idle.
 * "No run on a stopped application" has this one owner (architecture §3 "Across services").
 */
import type { GateEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';

export type Gate = {
  readonly open: boolean;
  /** The application's version when the gate was closed; a later start opens it again. */
  readonly closedAtVersion: number;
  readonly closedAt: string | null;
  readonly autoStopIdleMinutes: number | null;
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  readonly maxConcurrentRuns: number | null;
  readonly idleSince: string | null;
};

export type GateCommand =
  | {
      readonly type: 'OpenGate';
      readonly applicationId: string;
      /** Version of the `ApplicationStarted` that was heard; null: the registry has just accepted a start. */
      readonly applicationVersion: number | null;
      readonly autoStopIdleMinutes: number | null;
      readonly at: string;
    }
  | {
      readonly type: 'CloseGate';
      readonly applicationId: string;
      readonly applicationVersion: number;
      readonly at: string;
    }
  | {
      readonly type: 'EnterGate';
      readonly applicationId: string;
      /** A fresh reading of the application's version, while it is STARTING or STARTED. */
      readonly applicationVersion: number;
      readonly autoStopIdleMinutes: number | null;
      readonly jobRunId: string;
      readonly maxConcurrentRuns: number | null;
      readonly at: string;
    }
  | { readonly type: 'LeaveGate'; readonly jobRunId: string; readonly at: string }
  /** `steadyAt`: now, had nobody set the clock since the gate became idle. */
  | {
      readonly type: 'IdleGate';
      readonly applicationId: string;
      readonly at: string;
      readonly steadyAt: string;
    }
  /** The application could not be started, and stops. */
  | { readonly type: 'FailStart'; readonly applicationId: string; readonly at: string };

/** A gate closed for a stop that never happened opens again by itself after this time. */
const abandonedCloseMs = 30_000;

/** Closed for a stop that follows by an event: no reading of the application made before it may open the gate. */
const versionToCome = Number.MAX_SAFE_INTEGER;

const initial: Gate = {
  open: false,
  closedAtVersion: 0,
  closedAt: null,
  autoStopIdleMinutes: null,
  running: [],
  waiting: [],
  maxConcurrentRuns: null,
  idleSince: null,
};

const sinceMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

type Open = Extract<GateCommand, { type: 'OpenGate' }>;

/** A start that is heard of after the stop that followed it; that stop's version may not be known yet. */
const isPast = ({ applicationVersion, at }: Open, { closedAt, closedAtVersion }: Gate): boolean =>
  applicationVersion !== null &&
  closedAt !== null &&
  (closedAtVersion === versionToCome
    ? sinceMs(closedAt, at) <= 0
    : applicationVersion <= closedAtVersion);

/** An application that took a while to be STARTED has idled only since then. */
const startedSince = ({ applicationVersion, at }: Open, { idleSince }: Gate): boolean =>
  applicationVersion !== null && idleSince !== null && sinceMs(idleSince, at) > 0;

function open(command: Open, gate: Gate): readonly GateEvent[] {
  const opens = gate.open ? startedSince(command, gate) : !isPast(command, gate);
  const { applicationId, autoStopIdleMinutes, at } = command;
  return opens ? [{ type: 'GateOpened', data: { applicationId, autoStopIdleMinutes, at } }] : [];
}

type Enter = Extract<GateCommand, { type: 'EnterGate' }>;

/** The opening that a run on a started application implies, when the gate has not heard of the start yet. */
function reopening(command: Enter, gate: Gate): readonly GateEvent[] {
  if (gate.open) return [];
  const { applicationId, autoStopIdleMinutes, at } = command;
  const startedAgain = command.applicationVersion > gate.closedAtVersion;
  const abandoned = gate.closedAt !== null && sinceMs(gate.closedAt, at) > abandonedCloseMs;
  if (!startedAgain && !abandoned)
    throw new Refused('Invalid', `Application ${applicationId} is stopping. Cannot start job run.`);
  return [{ type: 'GateOpened', data: { applicationId, autoStopIdleMinutes, at } }];
}

function enter(command: Enter, gate: Gate): readonly GateEvent[] {
  const { jobRunId, maxConcurrentRuns, at } = command;
  if (gate.running.includes(jobRunId) || gate.waiting.includes(jobRunId)) return [];
  const full = maxConcurrentRuns !== null && gate.running.length >= maxConcurrentRuns;
  const queued = full || gate.waiting.length > 0;
  return [
    ...reopening(command, gate),
    { type: 'GateEntered', data: { jobRunId, queued, maxConcurrentRuns, at } },
  ];
}

function leave(jobRunId: string, at: string, gate: Gate): readonly GateEvent[] {
  if (![...gate.waiting, ...gate.running].includes(jobRunId)) return [];
  const running = without(gate.running, jobRunId).length;
  // The limit may have been raised or lowered since the others began to wait.
  const free = Math.max(0, (gate.maxConcurrentRuns ?? Number.POSITIVE_INFINITY) - running);
  // First in, first out: behaviours row 18.
  const next = without(gate.waiting, jobRunId).slice(0, free);
  return [
    { type: 'GateLeft', data: { jobRunId, at } },
    ...next.map((id): GateEvent => ({ type: 'GateAdvanced', data: { jobRunId: id, at } })),
  ];
}

function close(
  command: Extract<GateCommand, { type: 'CloseGate' }>,
  gate: Gate,
): readonly GateEvent[] {
  const { applicationId, applicationVersion, at } = command;
  const unfinished = gate.running.length + gate.waiting.length;
  if (unfinished > 0)
    throw new Refused(
      'Invalid',
      `Application ${applicationId} has ${unfinished} unfinished job run${unfinished === 1 ? '' : 's'}. All scheduled and running jobs must be completed or cancelled before stopping an application.`,
    );
  return gate.open ? [{ type: 'GateClosed', data: { applicationId, applicationVersion, at } }] : [];
}

function idle(
  { applicationId, at, steadyAt }: Extract<GateCommand, { type: 'IdleGate' }>,
  gate: Gate,
): readonly GateEvent[] {
  const { open, idleSince, autoStopIdleMinutes: idleMinutes } = gate;
  if (!open || idleSince === null || idleMinutes === null) return [];
  if (sinceMs(idleSince, steadyAt) < idleMinutes * 60_000) return [];
  return [{ type: 'GateIdled', data: { applicationId, idleMinutes, at } }];
}

/** Runs that have their workers go on, and the gate stays open for as long as they do. */
function failStart(applicationId: string, at: string, gate: Gate): readonly GateEvent[] {
  if (!gate.open || gate.running.length + gate.waiting.length > 0) return [];
  return [{ type: 'GateClosed', data: { applicationId, applicationVersion: versionToCome, at } }];
}

function decide(command: GateCommand, gate: Gate): readonly GateEvent[] {
  switch (command.type) {
    case 'OpenGate':
      return open(command, gate);
    case 'CloseGate':
      return close(command, gate);
    case 'EnterGate':
      return enter(command, gate);
    case 'LeaveGate':
      return leave(command.jobRunId, command.at, gate);
    case 'IdleGate':
      return idle(command, gate);
    case 'FailStart':
      return failStart(command.applicationId, command.at, gate);
  }
}

const without = (ids: readonly string[], id: string): readonly string[] =>
  ids.filter((other) => other !== id);

function evolve(gate: Gate, event: GateEvent): Gate {
  switch (event.type) {
    case 'GateOpened':
      return {
        ...gate,
        open: true,
        closedAt: null,
        autoStopIdleMinutes: event.data.autoStopIdleMinutes,
        idleSince: event.data.at,
      };
    case 'GateClosed':
      return {
        ...gate,
        open: false,
        closedAt: event.data.at,
        closedAtVersion: event.data.applicationVersion,
        idleSince: null,
      };
    case 'GateIdled':
      return {
        ...gate,
        open: false,
        closedAt: event.data.at,
        closedAtVersion: versionToCome,
        idleSince: null,
      };
    case 'GateEntered': {
      const { jobRunId, queued, maxConcurrentRuns } = event.data;
      const entered = queued
        ? { waiting: [...gate.waiting, jobRunId] }
        : { running: [...gate.running, jobRunId] };
      return { ...gate, ...entered, maxConcurrentRuns, idleSince: null };
    }
    case 'GateAdvanced': {
      const { jobRunId } = event.data;
      return {
        ...gate,
        waiting: without(gate.waiting, jobRunId),
        running: [...gate.running, jobRunId],
        idleSince: null,
      };
    }
    case 'GateLeft': {
      const running = without(gate.running, event.data.jobRunId);
      const waiting = without(gate.waiting, event.data.jobRunId);
      const idleSince = running.length + waiting.length === 0 ? event.data.at : null;
      return { ...gate, running, waiting, idleSince };
    }
  }
}

export const gate: Decider<Gate, GateCommand, GateEvent> = { initial, decide, evolve };
