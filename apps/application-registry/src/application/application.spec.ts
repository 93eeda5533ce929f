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

const idle: ApplicationCommand = { type: 'StopIdleApplication', reason: 'idle', at };
const poolReady: ApplicationCommand = { type: 'CompleteStart', at };
const poolFailed: ApplicationCommand = { type: 'FailStart', reason: 'no room', at };
const poolReleased: ApplicationCommand = { type: 'CompleteStop', at };
/** A start of an application without pre-initialised workers. */
const starting: ApplicationEvent = {
  type: 'ApplicationStarting',
  data: {
    applicationId: '00f1',
    accountId: '123456789012',
    releaseLabel: 'emr-7.12.0',
    pools: [],
    maximumCapacity: null,
    subnetIds: [],
    at,
  },
};
const oneDriver = {
  initialCapacity: {
    DRIVER: { workerCount: 1, workerConfiguration: { cpu: '1 vCPU', memory: '2 GB' } },
  },
};
const pooled = create({ settings: oneDriver });

const created = leading(create());
const started = leading(create(), start);
const stopped = leading(create(), start, stop);
const terminated = leading(create(), remove);
const poolStarting = leading(pooled, start);
const poolStarted = leading(pooled, start, poolReady);
const poolStopping = leading(pooled, start, poolReady, stop);
const poolStopped = leading(pooled, start, poolReady, stop, poolReleased);
const failed = leading(pooled, start, poolFailed);
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
        starting,
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
    ['row 4: stop of a created one', created, stop, []],
    ['row 4: stop of a stopped one', stopped, stop, []],
    ['row 12: the same client token, same parameters', started, create(), []],
    ['start of a stopped one', stopped, start, ['ApplicationStarting', 'ApplicationStarted']],
    ['stop of a started one', started, stop, ['ApplicationStopping', 'ApplicationStopped']],
    ['stop of an idle one', started, idle, ['ApplicationStopping', 'ApplicationStopped']],
    ['idleness of a stopped one', stopped, idle, []],
    ['idleness of a deleted one', terminated, idle, []],
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
      'Invalid: Application 00f1 must be in one of the following statuses [STARTING, STARTED]. Current status: TERMINATED',
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

  describe('with pre-initialised workers (row 3)', () => {
    it('asks for its pool and stays STARTING', () => {
      const settings = {
        ...oneDriver,
        maximumCapacity: { cpu: '4 vCPU', memory: '16 GB' },
        networkConfiguration: { subnetIds: ['subnet-1'] },
      };
      const history = leading(create({ settings }), start);
      expect(history.at(-1)).toEqual({
        type: 'ApplicationStarting',
        data: {
          ...starting.data,
          pools: [
            {
              workerType: 'SPARK_DRIVER',
              count: 1,
              size: { vcpu: 1, memoryMb: 2_048, diskGb: 20 },
              heapMb: 1_664,
              javaOptions: [],
            },
          ],
          maximumCapacity: { vcpu: 4, memoryMb: 16_384, diskGb: null },
          subnetIds: ['subnet-1'],
        },
      });
      expect(given(application, history).state).toMatchObject({
        status: 'STARTING',
        pooled: true,
        stateDetails: null,
      });
    });

    it.each<[string, ApplicationEvent[], ApplicationCommand, readonly string[]]>([
      ['its pool is ready', poolStarting, poolReady, ['ApplicationStarted']],
      [
        'its pool cannot be had',
        poolStarting,
        poolFailed,
        ['ApplicationStopping', 'ApplicationStopped'],
      ],
      ['row 4: a start while it starts', poolStarting, start, []],
      ['a stop while it starts', poolStarting, stop, ['ApplicationStopping']],
      ['idleness while it starts', poolStarting, idle, []],
      ['a stop', poolStarted, stop, ['ApplicationStopping']],
      ['idleness', poolStarted, idle, ['ApplicationStopping']],
      ['its pool is gone', poolStopping, poolReleased, ['ApplicationStopped']],
      ['a stop while it stops', poolStopping, stop, []],
      ['idleness while it stops', poolStopping, idle, []],
      [
        'its pool failed while it was told to stop',
        leading(pooled, start, stop),
        poolFailed,
        ['ApplicationStopped'],
      ],
      ['readiness that is overtaken by a stop', leading(pooled, start, stop), poolReady, []],
      ['readiness told twice', poolStarted, poolReady, []],
      ['a failure after it was ready', poolStarted, poolFailed, []],
      ['a release while it runs', poolStarted, poolReleased, []],
      ['a release while it starts', poolStarting, poolReleased, []],
      ['a release told twice', poolStopped, poolReleased, []],
      ['readiness of an earlier start', poolStopped, poolReady, []],
      ['a release after a failed start', failed, poolReleased, []],
      ['a new start after a failed one', failed, start, ['ApplicationStarting']],
      ['a new start', poolStopped, start, ['ApplicationStarting']],
    ])('%s', (_row, history, command, types) => {
      expect(typesOf(history, command)).toEqual(types);
    });

    it('says why a start failed until the next one', () => {
      expect(given(application, failed).state).toMatchObject({
        status: 'STOPPED',
        stateDetails: 'no room',
      });
      const again = leading(pooled, start, poolFailed, start);
      expect(given(application, again).state).toMatchObject({
        status: 'STARTING',
        stateDetails: null,
      });
    });

    it('starts without a pool once initialCapacity was taken away', () => {
      const history = leading(pooled, start, poolFailed, update({ initialCapacity: {} }), start);
      expect(given(application, history).state).toMatchObject({ status: 'STARTED', pooled: false });
      expect(typesOf(history, stop)).toEqual(['ApplicationStopping', 'ApplicationStopped']);
    });

    it.each<[string, ApplicationEvent[], ApplicationCommand, string]>([
      [
        'a start while it stops',
        poolStopping,
        start,
        'Invalid: Application 00f1 must be in one of the following statuses [CREATED, STOPPED]. Current status: STOPPING',
      ],
      [
        'a delete while it starts',
        poolStarting,
        remove,
        'Invalid: Application 00f1 must be in one of the following statuses [CREATED, STOPPED]. Current status: STARTING',
      ],
      [
        'row 15: another pool while it runs',
        poolStarted,
        update({ initialCapacity: {} }),
        'Invalid: Only the following configurations can be updated when an application is in STARTED state: schedulerConfiguration.maxConcurrentRuns, extendedSupportConfiguration, imageConfiguration, workerTypeSpecifications.imageConfiguration, maximumCapacity.',
      ],
      [
        'a limit below the pool that it has',
        leading(create({ settings: { ...oneDriver } }), start, poolReady),
        update({ maximumCapacity: { cpu: '1 vCPU', memory: '1 GB' } }),
        'Invalid: initialCapacity [memory: 2 GB] exceeds maximumCapacity [memory: 1 GB]',
      ],
      [
        'a create with a size that AWS does not offer',
        [],
        create({
          settings: {
            initialCapacity: {
              DRIVER: { workerCount: 1, workerConfiguration: { cpu: '1 vCPU', memory: '9 GB' } },
            },
          },
        }),
        "Invalid: Worker configuration [cpu: 1 vCPU, memory: 9 GB, disk: 20 GB] of 'DRIVER' in initialCapacity is not supported",
      ],
      [
        'a pool beyond the limit at update',
        leading(create({ settings: { maximumCapacity: { cpu: '1 vCPU', memory: '2 GB' } } })),
        update({
          initialCapacity: {
            DRIVER: { workerCount: 2, workerConfiguration: { cpu: '1 vCPU', memory: '2 GB' } },
          },
        }),
        'Invalid: initialCapacity [cpu: 2 vCPU, memory: 4 GB] exceeds maximumCapacity [cpu: 1 vCPU, memory: 2 GB]',
      ],
      [
        'a start with JVM options that end in an open quote',
        leading(
          create({
            settings: {
              ...oneDriver,
              runtimeConfiguration: [
                {
                  classification: 'spark-defaults',
                  properties: { 'spark.driver.extraJavaOptions': "'-Da" },
                },
              ],
            },
          }),
        ),
        start,
        'Invalid: spark.driver.extraJavaOptions has an unbalanced quote.',
      ],
    ])('refuses %s', (_row, history, command, sentence) => {
      expect(given(application, history).when(command)).toEqual({ refused: sentence });
    });

    it('takes Hive’s pre-initialised workers at create, and refuses to start them', () => {
      const settings = { initialCapacity: { TEZ_TASK: { workerCount: 1 } } };
      const history = leading(create({ type: 'HIVE', settings }));
      expect(given(application, history).state).toMatchObject({ status: 'CREATED', settings });
      expect(typesOf(history, start)).toMatch('no pre-initialised workers of type TEZ_TASK');
    });

    it('lets an update pass that has nothing to do with a pool of an unknown size', () => {
      const [creating, ready] = created as [ApplicationEvent, ApplicationEvent];
      const settings = { initialCapacity: { DRIVER: { workerCount: 0 } } };
      const old = [
        { ...creating, data: { ...creating.data, settings } } as ApplicationEvent,
        ready,
      ];
      expect(typesOf(old, update({ monitoringConfiguration: {} }))).toEqual([
        'ApplicationConfigurationChanged',
      ]);
    });
  });

  it('reads a start from before there were pools as one without', () => {
    const old = { type: 'ApplicationStarting', data: { at } } as ApplicationEvent;
    expect(given(application, [...created, old]).state).toMatchObject({
      status: 'STARTING',
      pooled: false,
    });
  });

  it('passes through no state but those of the life it documents, whatever it is told', () => {
    const next: Readonly<Record<string, readonly string[]>> = {
      CREATING: ['CREATED'],
      CREATED: ['CREATED', 'STARTING', 'TERMINATED'],
      STARTING: ['STARTED', 'STOPPING'],
      STARTED: ['STARTED', 'STOPPING'],
      STOPPING: ['STOPPED'],
      STOPPED: ['STOPPED', 'STARTING', 'TERMINATED'],
      TERMINATED: [],
    };
    const told = fc.constantFrom(start, stop, idle, poolReady, poolFailed, poolReleased, remove);
    fc.assert(
      fc.property(fc.constantFrom(create(), pooled), fc.array(told), (first, commands) => {
        const history = leading(first, ...commands);
        const statuses = history.map(
          (_event, index) => given(application, history.slice(0, index + 1)).state.status,
        );
        for (const [index, status] of statuses.entries())
          if (index > 0) expect(next[statuses[index - 1] ?? '']).toContain(status);
      }),
    );
  });

  it('takes any command that was told twice as told once (rows 4 and 12)', () => {
    const limit = fc
      .nat(2)
      .map((maxConcurrentRuns) => update({ schedulerConfiguration: { maxConcurrentRuns } }));
    const command = fc.oneof(
      fc.constantFrom(create(), pooled, start, stop, remove, poolReady, poolReleased),
      limit,
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), command, (before, told) => {
        const once = leading(...before, told);
        expect(leading(...before, told, told)).toEqual(once);
      }),
    );
  });
});
