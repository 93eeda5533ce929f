import type { ApplicationEvent } from '@firesteel/contracts/events';
import { given } from '@firesteel/decider/spec';
import fc from 'fast-check';
import { type ApplicationCommand, application, type CreateInput } from './application.ts';

const at = '2026-11-25T10:00:00.000Z';
const input: CreateInput = {
  name: 'orders',
  type: 'SPARK',
  releaseLabel: 'emr-7.12.0',
  architecture: 'X86_64',
  settings: {},
  tags: { team: 'data' },
};
const create = (change: Partial<CreateInput> = {}, requestHash = 'hash'): ApplicationCommand => ({
  type: 'CreateApplication',
  applicationId: '00f1',
  accountId: '123456789012',
  region: 'us-east-1',
  input: { ...input, ...change },
  requestHash,
  at,
});
const start: ApplicationCommand = { type: 'StartApplication', at };
const stop: ApplicationCommand = { type: 'StopApplication', reason: 'asked to', at };
const remove: ApplicationCommand = { type: 'DeleteApplication', at };
const update = (
  settings: Extract<ApplicationCommand, { type: 'UpdateApplication' }>['input']['settings'],
): ApplicationCommand => ({ type: 'UpdateApplication', input: { settings }, at });

/** The history that commands lead to, from nothing. */
const leading = (...commands: readonly ApplicationCommand[]): ApplicationEvent[] => {
  const events: ApplicationEvent[] = [];
  for (const command of commands) {
    const outcome = given(application, events).when(command);
    if ('events' in outcome) events.push(...outcome.events);
  }
  return events;
};

const created = leading(create());
const started = leading(create(), start);
const stopped = leading(create(), start, stop);
const terminated = leading(create(), remove);
const halfStarted: ApplicationEvent[] = [...created, { type: 'ApplicationStarting', data: { at } }];
const typesOf = (history: readonly ApplicationEvent[], command: ApplicationCommand): unknown => {
  const outcome = given(application, history).when(command);
  return 'events' in outcome ? outcome.events.map(({ type }) => type) : outcome.refused;
};

describe('an application', () => {
  it('is created in one append and shows CREATED (row 1), its type as AWS answers it (row 10)', () => {
    expect(created.map(({ type }) => type)).toEqual(['ApplicationCreating', 'ApplicationCreated']);
    expect(given(application, created).state).toMatchObject({
      status: 'CREATED',
      engine: 'Spark',
      name: 'orders',
      createdAt: at,
    });
  });

  it('shows STARTED after a start (row 2) and says when idleness will stop it', () => {
    expect(given(application, created).when(start)).toEqual({
      events: [
        { type: 'ApplicationStarting', data: { at } },
        {
          type: 'ApplicationStarted',
          data: { applicationId: '00f1', accountId: '123456789012', autoStopIdleMinutes: 15, at },
        },
      ],
    });
  });

  it('keeps the reason of its stop until it starts again', () => {
    expect(given(application, stopped).state).toMatchObject({
      status: 'STOPPED',
      stateDetails: 'asked to',
    });
    expect(given(application, leading(create(), start, stop, start)).state).toMatchObject({
      status: 'STARTED',
      stateDetails: null,
    });
  });

  it('changes only what an update names', () => {
    const history = leading(create({ settings: { a: 1 } }), update({ b: 2 }));
    expect(given(application, history).state).toMatchObject({
      settings: { a: 1, b: 2 },
      releaseLabel: 'emr-7.12.0',
    });
  });

  it.each<[string, ApplicationEvent[], ApplicationCommand, readonly string[]]>([
    ['an update that changes nothing', created, update({}), []],
    ['row 4: start of a started one', started, start, []],
    ['row 4: start of one that is starting', halfStarted, start, []],
    ['row 4: stop of a created one', created, stop, []],
    ['row 4: stop of a stopped one', stopped, stop, []],
    ['row 12: the same client token, same parameters', started, create(), []],
    ['start of a stopped one', stopped, start, ['ApplicationStarting', 'ApplicationStarted']],
    ['stop of a started one', started, stop, ['ApplicationStopping', 'ApplicationStopped']],
    ['row 7: delete of a created one', created, remove, ['ApplicationTerminated']],
    ['row 7: delete of a stopped one', stopped, remove, ['ApplicationTerminated']],
    [
      'row 15: maximumCapacity while STARTED',
      started,
      update({ maximumCapacity: { cpu: '4 vCPU', memory: '16 GB' } }),
      ['ApplicationConfigurationChanged'],
    ],
  ])('%s', (_row, history, command, types) => {
    expect(typesOf(history, command)).toEqual(types);
  });

  it.each<[string, ApplicationEvent[], ApplicationCommand, string]>([
    [
      'row 8: any command on one that never was',
      [],
      start,
      'NotFound: Application  does not exist',
    ],
    [
      'row 12: the same client token, other parameters',
      created,
      create({ name: 'other' }, 'other hash'),
      'Conflict: The client token was used before with other parameters.',
    ],
    [
      'row 27: an unknown label',
      [],
      create({ releaseLabel: 'emr-9.9.0' }),
      "Invalid: Type 'SPARK' is not supported for release label 'emr-9.9.0' or release label does not exist",
    ],
    [
      'row 10: an unknown engine',
      [],
      create({ type: 'Trino' }),
      'Invalid: Unsupported engine Trino',
    ],
    [
      'row 7: start after delete',
      terminated,
      start,
      'Invalid: Application 00f1 must be in one of the following statuses [CREATED, STOPPED]. Current status: TERMINATED',
    ],
    [
      'row 7: stop after delete',
      terminated,
      stop,
      'Invalid: Application 00f1 must be in one of the following statuses [STARTED]. Current status: TERMINATED',
    ],
    [
      'delete of a started one',
      started,
      remove,
      'Invalid: Application 00f1 must be in one of the following statuses [CREATED, STOPPED]. Current status: STARTED',
    ],
    [
      'row 15: an update after delete',
      terminated,
      update({}),
      'Invalid: Application 00f1 must be in one of the statuses to be updated: [STOPPED, CREATED]. Current status: TERMINATED',
    ],
    [
      'row 27: an update to an unknown label',
      created,
      { type: 'UpdateApplication', input: { releaseLabel: 'emr-1.0.0', settings: {} }, at },
      "Invalid: Type 'SPARK' is not supported for release label 'emr-1.0.0' or release label does not exist",
    ],
  ])('refuses %s', (_row, history, command, sentence) => {
    expect(given(application, history).when(command)).toEqual({ refused: sentence });
  });

  it('takes any command that was told twice as told once (rows 4 and 12)', () => {
    const limit = fc
      .nat(2)
      .map((maxConcurrentRuns) => update({ schedulerConfiguration: { maxConcurrentRuns } }));
    const command = fc.oneof(fc.constantFrom(create(), start, stop, remove), limit);
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), command, (before, told) => {
        const once = leading(...before, told);
        expect(leading(...before, told, told)).toEqual(once);
      }),
    );
  });
});
