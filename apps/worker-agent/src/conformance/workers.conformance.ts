/**
 * What capacity may rely on of whoever runs its workers, as examples: the protocol of
 * `@firesteel/contracts/agent-protocol` seen from capacity's side. Anything that plays an agent, the
 * real one or a fake in another's tests, is held to it by `describeWorkers`.
 */
import type {
  AgentCommand,
  AgentMessage,
  Assignment,
  WorkerFact,
  WorkerSpec,
} from '@firesteel/contracts/agent-protocol';

export type FactMessage = Extract<AgentMessage, { type: 'fact' }>;
type Hello = Extract<AgentMessage, { type: 'hello' }>;

/**
 * Workers and the connection to them, seen from capacity. The last word of a driver's
 * `sparkSubmitArguments` says what its program does: `quick` ends with 0, `fail` with 1, `sleep` stays until it is
 * told to end, `stubborn` until it is killed. A worker with the Java option `-Dwarms.up=forever` is
 * ready only once it is bound.
 */
export type WorkersUnderTest = {
  readonly say: (command: AgentCommand) => void;
  /** Every message of all connections so far, oldest first. */
  readonly heard: () => readonly AgentMessage[];
  /** Whether facts are acknowledged as they come; they are at first. */
  readonly acknowledge: (facts: boolean) => void;
  /** Breaks the connection; the next one is opened by the other side. */
  readonly disconnect: () => void;
  readonly close: () => Promise<void>;
};

const patienceMs = 45_000;
const pollMs = 5;
/** Long enough for what must not happen to have happened, without a promise about time. */
const quietMs = 150;

const spec: WorkerSpec = {
  workerType: 'SPARK_DRIVER',
  releaseLabel: 'emr-7.13.0',
  size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
  heapMb: 14_336,
  javaOptions: [],
  waits: true,
};
const slow: WorkerSpec = { ...spec, javaOptions: ['-Dwarms.up=forever'] };

const runOf = (word: string, changes: Partial<Assignment> = {}): Assignment => ({
  accountId: '123456789012',
  applicationId: '00f1aabbccddee01',
  jobRunId: '00f1aabbccddeeff',
  attempt: 1,
  logsByAttempt: false,
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionIamPolicy: null,
  logUri: null,
  sparkSecret: 's3cr3t',
  traceparent: null,
  work: {
    kind: 'driver',
    sparkSubmitArguments: ['--class', word],
    sparkProperties: {},
    environment: {},
  },
  ...changes,
});

const launch = (workerId: string, given: WorkerSpec = spec): AgentCommand => ({
  type: 'launch',
  workerId,
  spec: given,
});
const bind = (workerId: string, word: string, changes?: Partial<Assignment>): AgentCommand => ({
  type: 'bind',
  workerId,
  assignment: runOf(word, changes),
});
const stop = (workerId: string, graceMs = 10_000): AgentCommand => ({
  type: 'stop',
  workerId,
  reason: 'as the test says',
  graceMs,
});

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, quietMs));

/** Questions to what was heard; each waits for its answer. */
const listenerOf = (workers: WorkersUnderTest) => {
  const until = async <T>(what: string, find: () => T | undefined): Promise<T> => {
    const end = Date.now() + patienceMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`Never: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  const facts = (workerId: string, from = 0): FactMessage[] =>
    workers
      .heard()
      .slice(from)
      .filter((m): m is FactMessage => m.type === 'fact' && m.workerId === workerId);
  const fact = <K extends WorkerFact['kind']>(workerId: string, kind: K, from = 0) =>
    until(`${kind} of ${workerId}`, () =>
      facts(workerId, from)
        .map((message) => message.fact)
        .find((one): one is Extract<WorkerFact, { kind: K }> => one.kind === kind),
    );
  const hello = (from = 0): Promise<Hello> =>
    until('hello', () =>
      workers
        .heard()
        .slice(from)
        .find((m): m is Hello => m.type === 'hello'),
    );
  /** The different facts of a worker in the order in which they were first told. */
  const kinds = (workerId: string): string[] => [
    ...new Set(facts(workerId).map((message) => message.fact.kind)),
  ];
  const end = (workerId: string) =>
    until(`the end of ${workerId}`, () =>
      facts(workerId)
        .map((message) => message.fact)
        .find(({ kind }) => kind === 'exited' || kind === 'launchFailed'),
    );
  return { until, facts, fact, hello, kinds, end };
};

/** Describes the promises that every agent keeps; `open` gives one that holds no worker yet. */
export const describeWorkers = (name: string, open: () => Promise<WorkersUnderTest>): void => {
  describe(name, () => {
    let workers: WorkersUnderTest;
    let listener: ReturnType<typeof listenerOf>;
    beforeEach(async () => {
      workers = await open();
      listener = listenerOf(workers);
      await listener.hello();
    });
    afterEach(() => workers.close());

    const say = (...commands: readonly AgentCommand[]): void => commands.forEach(workers.say);
    const reconnected = async (): Promise<{ from: number; hello: Hello }> => {
      const from = workers.heard().length;
      workers.disconnect();
      return { from, hello: await listener.hello(from) };
    };

    it('says first who it is and which workers it holds', () => {
      expect(workers.heard()[0]).toMatchObject({
        type: 'hello',
        zone: expect.any(String),
        capacity: { vcpu: expect.any(Number), memoryMb: expect.any(Number) },
        workers: [],
      });
    });

    it('launches a worker that waits until it is bound, and serves once', async () => {
      say(launch('w1'));
      await listener.fact('w1', 'ready');
      await quiet();
      expect(listener.kinds('w1')).toEqual(['launched', 'ready']);
      say(bind('w1', 'quick'));
      const exited = await listener.fact('w1', 'exited');
      expect(exited).toMatchObject({ exitCode: 0, outOfMemory: false, lastExceptions: '' });
      expect(exited.boundAfterMs).toBeGreaterThan(0);
      expect(exited.readyMs).toBeGreaterThanOrEqual(exited.boundAfterMs ?? 0);
      expect(listener.kinds('w1')).toEqual(['launched', 'ready', 'bound', 'exited']);
    });

    it('tells a program that failed from one that did not', async () => {
      say(launch('w1'), bind('w1', 'fail'));
      expect(await listener.fact('w1', 'exited')).toMatchObject({ exitCode: 1 });
    });

    it('binds a worker that was launched in the same breath', async () => {
      say(launch('w1'), bind('w1', 'quick'));
      await listener.fact('w1', 'exited');
      expect(listener.kinds('w1')).toEqual(['launched', 'ready', 'bound', 'exited']);
    });

    it('makes a worker ready by binding it when it is still warming up', async () => {
      say(launch('w1', slow));
      await listener.fact('w1', 'launched');
      await quiet();
      expect(listener.kinds('w1')).toEqual(['launched']);
      say(bind('w1', 'quick'));
      await listener.fact('w1', 'exited');
      expect(listener.kinds('w1')).toEqual(['launched', 'ready', 'bound', 'exited']);
    });

    it('ends a worker that is starting, which then never serves', async () => {
      say(launch('w1', slow), stop('w1', 0), bind('w1', 'quick'));
      await listener.end('w1');
      await quiet();
      expect(listener.kinds('w1')).not.toContain('bound');
    });

    it('ends a worker that waits, and says that it has served nobody', async () => {
      say(launch('w1'));
      await listener.fact('w1', 'ready');
      say(stop('w1'));
      expect(await listener.fact('w1', 'exited')).toMatchObject({
        exitCode: 143,
        reason: 'as the test says',
        boundAfterMs: null,
      });
    });

    it('ends a worker that serves, gently at first and hard after the grace', async () => {
      say(launch('w1'), bind('w1', 'sleep'), launch('w2'), bind('w2', 'stubborn'));
      await listener.fact('w1', 'bound');
      await listener.fact('w2', 'bound');
      say(stop('w1'), stop('w2', 50));
      const reason = 'as the test says';
      expect(await listener.fact('w1', 'exited')).toMatchObject({ exitCode: 143, reason });
      expect(await listener.fact('w2', 'exited')).toMatchObject({ exitCode: 137, reason });
    });

    it('takes repeated commands for one', async () => {
      say(launch('w1'), launch('w1'), bind('w1', 'sleep'), bind('w1', 'sleep'), launch('w1'));
      await listener.fact('w1', 'bound');
      say(bind('w1', 'sleep'), stop('w1'), stop('w1'));
      await listener.fact('w1', 'exited');
      await quiet();
      const ids = listener.facts('w1').map(({ factId }) => factId);
      expect(new Set(ids).size).toBe(4);
      expect(listener.kinds('w1')).toEqual(['launched', 'ready', 'bound', 'exited']);
    });

    it.each<[string, Partial<Assignment>]>([
      ['another run', { jobRunId: '00f1aabbccddee00' }],
      ['another attempt of its run', { attempt: 2 }],
    ])('gives a worker to one run: %s is refused', async (_what, changes) => {
      say(launch('w1'), bind('w1', 'sleep'), bind('w1', 'quick', changes));
      await listener.fact('w1', 'bound');
      say(bind('w1', 'quick', changes));
      await quiet();
      expect(listener.kinds('w1')).toEqual(['launched', 'ready', 'bound']);
    });

    it.each<[string, AgentCommand]>([
      ['a stop', stop('stranger')],
      ['a bind', bind('stranger', 'quick')],
    ])('says of %s for a worker it has never had that it is gone', async (_what, command) => {
      say(command);
      expect(await listener.fact('stranger', 'exited')).toMatchObject({
        exitCode: null,
        readyMs: 0,
        boundAfterMs: null,
      });
    });

    it('says why a worker cannot be launched', async () => {
      say(launch('w1', { ...spec, releaseLabel: 'emr-0.0.0' }));
      expect(await listener.fact('w1', 'launchFailed')).toMatchObject({
        reason: expect.stringContaining('emr-0.0.0'),
      });
    });

    it('repeats a fact, the same to the letter, until it is acknowledged', async () => {
      workers.acknowledge(false);
      say(launch('w1'));
      await listener.fact('w1', 'ready');
      const first = listener.facts('w1')[0];
      const { from, hello } = await reconnected();
      expect(hello.workers).toEqual([{ workerId: 'w1', state: 'ready' }]);
      await listener.fact('w1', 'ready', from);
      expect(listener.facts('w1', from)[0]).toEqual(first);
      expect(listener.facts('w1', from).map(({ fact }) => fact.kind)).toEqual([
        'launched',
        'ready',
      ]);
    });

    it('forgets what is acknowledged, and an ended worker altogether', async () => {
      say(launch('w1'), bind('w1', 'quick'), launch('w2'));
      await listener.fact('w1', 'exited');
      await listener.fact('w2', 'ready');
      await quiet();
      const { from, hello } = await reconnected();
      expect(hello.workers).toEqual([{ workerId: 'w2', state: 'ready' }]);
      await quiet();
      expect(listener.facts('w1', from)).toEqual([]);
      expect(listener.facts('w2', from)).toEqual([]);
    });
  });
};
