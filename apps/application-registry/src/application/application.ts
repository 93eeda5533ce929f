/**
 * An application: what it is and in which state (reference emr-serverless §2).
 * CREATING → CREATED → STARTING → STARTED → STOPPING → STOPPED, TERMINATED at the end.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ApplicationEvent, ApplicationSettings } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { Refused } from '@firesteel/decider/refused';
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
  | { readonly type: 'DeleteApplication'; readonly at: string };

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
  const changed = { releaseLabel, architecture, settings };
  if (isDeepStrictEqual({ ...application, ...changed }, application)) return [];
  return [{ type: 'ApplicationConfigurationChanged', data: { ...changed, at } }];
}

function start(at: string, application: Application): readonly ApplicationEvent[] {
  const { status, applicationId, accountId, settings } = application;
  if (status === 'STARTED' || status === 'STARTING') return [];
  if (status !== 'CREATED' && status !== 'STOPPED')
    throw wrongStatus(application, 'CREATED, STOPPED');
  return [
    { type: 'ApplicationStarting', data: { at } },
    {
      type: 'ApplicationStarted',
      data: { applicationId, accountId, autoStopIdleMinutes: autoStopIdleMinutes(settings), at },
    },
  ];
}

const wrongStatus = ({ applicationId, status }: Application, allowed: string): Refused =>
  new Refused(
    'Invalid',
    `Application ${applicationId} must be in one of the following statuses [${allowed}]. Current status: ${status}`,
  );

function stop(reason: string, at: string, application: Application): readonly ApplicationEvent[] {
  const { status, applicationId } = application;
  if (status === 'CREATED' || status === 'STOPPED') return [];
  if (status !== 'STARTED') throw wrongStatus(application, 'STARTED');
  return [
    { type: 'ApplicationStopping', data: { reason, at } },
    { type: 'ApplicationStopped', data: { applicationId, at } },
  ];
}

function remove(at: string, application: Application): readonly ApplicationEvent[] {
  const { status, applicationId } = application;
  if (status !== 'CREATED' && status !== 'STOPPED')
    throw wrongStatus(application, 'CREATED, STOPPED');
  return [{ type: 'ApplicationTerminated', data: { applicationId, at } }];
}

function decide(command: ApplicationCommand, state: ApplicationState): readonly ApplicationEvent[] {
  switch (command.type) {
    case 'CreateApplication':
      return create(command, state);
    case 'UpdateApplication':
      return update(command, requireExisting(state));
    case 'StartApplication':
      return start(command.at, requireExisting(state));
    case 'StopApplication':
      return stop(command.reason, command.at, requireExisting(state));
    case 'DeleteApplication':
      return remove(command.at, requireExisting(state));
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
    case 'ApplicationStarting':
      return { ...application, status: 'STARTING', stateDetails: null, updatedAt };
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
  return { status: 'CREATING', ...created, stateDetails: null, createdAt: at, updatedAt: at };
}

export const application: Decider<ApplicationState, ApplicationCommand, ApplicationEvent> = {
  initial: { status: 'ABSENT' },
  decide,
  evolve,
};
