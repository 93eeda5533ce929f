/**
 * An application: what it is and in which state (reference emr-serverless §2).
 * CREATING → CREATED → STARTING → STARTED → STOPPING → STOPPED, TERMINATED at the end. With
 * pre-initialised workers it stays STARTING until they are ready and STOPPING until they are gone, as
 * capacity says; a pool that cannot be had leads from STARTING to STOPPED (behaviours row 3).
 */
import { isDeepStrictEqual } from 'node:util';
import type { ApplicationEvent, ApplicationSettings } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
import { maximumCapacityOf, requireServable } from './initial-capacity.ts';
import { poolsOf, subnetIdsOf } from './pools.ts';
import { engineOf, requireReleased } from './release-label.ts';
import { autoStopIdleMinutes, completed, requireUpdatable, withUpdate } from './settings.ts';

export type ApplicationStatus =
  | 'CREATING'
  | 'CREATED'
  | 'STARTING'
  | 'STARTED'
  | 'STOPPING'
  | 'STOPPED'
  | 'TERMINATED';

/** An application that exists or has existed; times are ISO-8601. */
export type Application = {
  readonly status: ApplicationStatus;
  readonly applicationId: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string | null;
  readonly engine: 'Spark' | 'Hive';
  readonly releaseLabel: string;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly settings: ApplicationSettings;
  readonly tags: { readonly [key: string]: string };
  readonly stateDetails: string | null;
  /** Its last start asked for pre-initialised workers: capacity says when they are ready and gone. */
  readonly pooled: boolean;
  readonly requestHash: string;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type ApplicationState = { readonly status: 'ABSENT' } | Application;

/** A validated CreateApplication without what names the request itself. */
export type CreateInput = {
  readonly name: string | null;
  readonly type: string;
  readonly releaseLabel: string;
  readonly architecture: 'X86_64' | 'ARM64';
  readonly settings: ApplicationSettings;
  readonly tags: { readonly [key: string]: string };
};

/** A validated UpdateApplication: only members that were given. */
export type UpdateInput = {
  readonly releaseLabel?: string;
  readonly architecture?: 'X86_64' | 'ARM64';
  readonly settings: ApplicationSettings;
};

export type ApplicationCommand =
  | {
      readonly type: 'CreateApplication';
      readonly applicationId: string;
      readonly accountId: string;
      readonly region: string;
      readonly input: CreateInput;
      readonly requestHash: string;
      readonly at: string;
    }
  | { readonly type: 'UpdateApplication'; readonly input: UpdateInput; readonly at: string }
  | { readonly type: 'StartApplication'; readonly at: string }
  | { readonly type: 'StopApplication'; readonly reason: string; readonly at: string }
  /** Nobody used it for as long as it may idle. */
  | { readonly type: 'StopIdleApplication'; readonly reason: string; readonly at: string }
  | { readonly type: 'DeleteApplication'; readonly at: string }
  /** Its pre-initialised workers are ready, cannot be had, or are gone. */
  | { readonly type: 'CompleteStart'; readonly at: string }
  | { readonly type: 'FailStart'; readonly reason: string; readonly at: string }
  | { readonly type: 'CompleteStop'; readonly at: string };

type Create = Extract<ApplicationCommand, { type: 'CreateApplication' }>;

function create(command: Create, state: ApplicationState): readonly ApplicationEvent[] {
  const { applicationId, accountId, region, input, requestHash, at } = command;
  if (state.status !== 'ABSENT') {
    if (state.requestHash === requestHash) return [];
    throw new Refused('Conflict', 'The client token was used before with other parameters.');
  }
  const { type, ...kept } = input;
  const engine = engineOf(type);
  requireReleased(engine, input.releaseLabel);
  requireServable(engine, input.settings);
  return [
    {
      type: 'ApplicationCreating',
      data: { applicationId, accountId, region, engine, ...kept, requestHash, at },
    },
    { type: 'ApplicationCreated', data: { at } },
  ];
}

/** @throws Refused when the application never was; a terminated one still can be read (behaviours row 7) */
export function requireExisting(state: ApplicationState, applicationId = ''): Application {
  if (state.status === 'ABSENT')
    throw new Refused('NotFound', `Application ${applicationId} does not exist`);
  return state;
}

function update(
  { input, at }: Extract<ApplicationCommand, { type: 'UpdateApplication' }>,
  application: Application,
): readonly ApplicationEvent[] {
  requireUpdatable(application, input);
  const releaseLabel = input.releaseLabel ?? application.releaseLabel;
  requireReleased(application.engine, releaseLabel);
  const architecture = input.architecture ?? application.architecture;
  const changes =
    application.status === 'STARTED'
      ? completed(application.settings, input.settings)
      : input.settings;
  const settings = withUpdate(application.settings, changes);
  // Only a change of them is judged: what was accepted before must not stand in the way of other updates.
  if ('initialCapacity' in changes || 'maximumCapacity' in changes)
    requireServable(application.engine, settings);
  const changed = { releaseLabel, architecture, settings };
  if (isDeepStrictEqual({ ...application, ...changed }, application)) return [];
  return [{ type: 'ApplicationConfigurationChanged', data: { ...changed, at } }];
}

const started = (at: string, application: Application): ApplicationEvent => ({
  type: 'ApplicationStarted',
  data: {
    applicationId: application.applicationId,
    accountId: application.accountId,
    autoStopIdleMinutes: autoStopIdleMinutes(application.settings),
    at,
  },
});

function start(at: string, application: Application): readonly ApplicationEvent[] {
  const { status, applicationId, accountId, releaseLabel, settings } = application;
  if (status === 'STARTED' || status === 'STARTING') return [];
  if (status !== 'CREATED' && status !== 'STOPPED')
    throw wrongStatus(application, 'CREATED, STOPPED');
  const pools = poolsOf(application);
  const starting: ApplicationEvent = {
    type: 'ApplicationStarting',
    data: {
      applicationId,
      accountId,
      releaseLabel,
      pools,
      maximumCapacity: maximumCapacityOf(settings),
      subnetIds: subnetIdsOf(settings),
      at,
    },
  };
  return pools.length === 0 ? [starting, started(at, application)] : [starting];
}

const wrongStatus = ({ applicationId, status }: Application, allowed: string): Refused =>
  new Refused(
    'Invalid',
    `Application ${applicationId} must be in one of the following statuses [${allowed}]. Current status: ${status}`,
  );

const stopping = (
  reason: string,
  at: string,
  { applicationId }: Application,
): ApplicationEvent => ({ type: 'ApplicationStopping', data: { applicationId, reason, at } });

const stopped = (at: string, { applicationId }: Application): ApplicationEvent => ({
  type: 'ApplicationStopped',
  data: { applicationId, at },
});

function stop(reason: string, at: string, application: Application): readonly ApplicationEvent[] {
  const { status, pooled } = application;
  if (status === 'CREATED' || status === 'STOPPED' || status === 'STOPPING') return [];
  if (status !== 'STARTED' && status !== 'STARTING')
    throw wrongStatus(application, 'STARTING, STARTED');
  const first = stopping(reason, at, application);
  return pooled ? [first] : [first, stopped(at, application)];
}

function failStart(
  reason: string,
  at: string,
  application: Application,
): readonly ApplicationEvent[] {
  const { status } = application;
  if (status === 'STARTING') return [stopping(reason, at, application), stopped(at, application)];
  // It was told to stop while its pool failed: there is nothing that capacity could still release.
  return status === 'STOPPING' ? [stopped(at, application)] : [];
}

function remove(at: string, application: Application): readonly ApplicationEvent[] {
  const { status, applicationId } = application;
  if (status !== 'CREATED' && status !== 'STOPPED')
    throw wrongStatus(application, 'CREATED, STOPPED');
  return [{ type: 'ApplicationTerminated', data: { applicationId, at } }];
}

type OnExisting = Exclude<
  ApplicationCommand,
  { type: 'CreateApplication' | 'UpdateApplication' | 'FailStart' }
>;

/** Commands that say no more than when, and sometimes why. */
function changeState(command: OnExisting, application: Application): readonly ApplicationEvent[] {
  const { status } = application;
  const { at } = command;
  switch (command.type) {
    case 'StartApplication':
      return start(at, application);
    case 'StopApplication':
      return stop(command.reason, at, application);
    case 'StopIdleApplication':
      // While it starts it is not idle, however long its workers take.
      return status === 'STARTED' ? stop(command.reason, at, application) : [];
    case 'DeleteApplication':
      return remove(at, application);
    case 'CompleteStart':
      return status === 'STARTING' ? [started(at, application)] : [];
    case 'CompleteStop':
      return status === 'STOPPING' ? [stopped(at, application)] : [];
  }
}

function decide(command: ApplicationCommand, state: ApplicationState): readonly ApplicationEvent[] {
  switch (command.type) {
    case 'CreateApplication':
      return create(command, state);
    case 'UpdateApplication':
      return update(command, requireExisting(state));
    case 'FailStart':
      return failStart(command.reason, command.at, requireExisting(state));
    default:
      return changeState(command, requireExisting(state));
  }
}

function evolveExisting(application: Application, event: ApplicationEvent): Application {
  const updatedAt = event.data.at;
  switch (event.type) {
    case 'ApplicationCreating':
      return application;
    case 'ApplicationCreated':
      return { ...application, status: 'CREATED', updatedAt };
    case 'ApplicationConfigurationChanged': {
      const { releaseLabel, architecture, settings } = event.data;
      return { ...application, releaseLabel, architecture, settings, updatedAt };
    }
    case 'ApplicationStarting': {
      // Starts from before there were pools say nothing of them.
      const pooled = (event.data.pools ?? []).length > 0;
      return { ...application, status: 'STARTING', stateDetails: null, pooled, updatedAt };
    }
    case 'ApplicationStarted':
      return { ...application, status: 'STARTED', updatedAt };
    case 'ApplicationStopping':
      return { ...application, status: 'STOPPING', stateDetails: event.data.reason, updatedAt };
    case 'ApplicationStopped':
      return { ...application, status: 'STOPPED', updatedAt };
    case 'ApplicationTerminated':
      return { ...application, status: 'TERMINATED', updatedAt };
  }
}

function evolve(state: ApplicationState, event: ApplicationEvent): ApplicationState {
  if (state.status !== 'ABSENT') return evolveExisting(state, event);
  if (event.type !== 'ApplicationCreating') return state;
  const { at, ...created } = event.data;
  return {
    status: 'CREATING',
    ...created,
    stateDetails: null,
    pooled: false,
    createdAt: at,
    updatedAt: at,
  };
}

export const application: Decider<ApplicationState, ApplicationCommand, ApplicationEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
