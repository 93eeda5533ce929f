import {
  type AgentCommand,
  type AgentMessage,
  agentCommand,
  agentMessage,
  type WorkerFact,
  workerFact,
} from './agent-protocol.ts';

const spec = {
  workerType: 'SPARK_EXECUTOR',
  releaseLabel: 'emr-7.13.0',
  size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
  heapMb: 14_336,
  javaOptions: ['-XX:+UseG1GC'],
} as const;
const assignment = {
  accountId: '123456789012',
  applicationId: '00f1cbsc6anuij25',
  jobRunId: '00f1cbsc6anuij26',
  attempt: 1,
  logsByAttempt: false,
  executionRoleArn: 'arn:aws:iam::123456789012:role/job',
  executionIamPolicy: null,
  logUri: 's3://bucket/logs',
  sparkSecret: 'secret',
  traceparent: null,
};
const driver = {
  kind: 'driver',
  sparkSubmitArguments: ['s3://bucket/job.py'],
  sparkProperties: { 'spark.app.name': 'job' },
  environment: {},
} as const;
const executor = {
  kind: 'executor',
  executorId: '1',
  driverUrl: 'spark://CoarseGrainedScheduler@127.0.0.1:1',
  cores: 4,
  resourceProfileId: 0,
  sparkProperties: {},
  environment: {},
} as const;
const target = {
  resourceProfileId: 0,
  executors: 0,
  cores: 4,
  memoryMb: 14_336,
  memoryOverheadMb: 1_434,
};
const run = { workerId: 'w', jobRunId: 'r' };
const fact = (what: WorkerFact): AgentMessage => ({
  type: 'fact',
  factId: 'f',
  workerId: 'w',
  at: '2026-11-25T10:00:00.000Z',
  fact: what,
});

/** One of every kind; they are the wire, so an older or newer end must be able to read them. */
const commands: AgentCommand[] = [
  { type: 'launch', workerId: 'w', spec: { ...spec, javaOptions: [...spec.javaOptions] } },
  {
    type: 'launch',
    workerId: 'w',
    spec: { ...spec, workerType: 'SPARK_DRIVER', javaOptions: [], waits: true },
  },
  {
    type: 'bind',
    workerId: 'w',
    assignment: {
      ...assignment,
      work: { ...driver, sparkSubmitArguments: [...driver.sparkSubmitArguments] },
    },
  },
  { type: 'bind', workerId: 'w', assignment: { ...assignment, work: executor } },
  { type: 'stop', workerId: 'w', reason: 'the run has ended', graceMs: 0 },
  { type: 'acknowledge', factIds: ['a', 'b'] },
  { type: 'refusals', workerId: 'w', messages: [] },
];
const messages: AgentMessage[] = [
  {
    type: 'hello',
    agentId: 'a',
    zone: 'zone-a',
    capacity: { vcpu: 16, memoryMb: 65_536 },
    workers: [{ workerId: 'w', state: 'bound' }],
  },
  fact({ kind: 'launched', pid: 1 }),
  fact({ kind: 'ready', bootMs: 0 }),
  fact({ kind: 'bound' }),
  fact({
    kind: 'exited',
    exitCode: null,
    reason: 'nobody saw the end',
    outOfMemory: false,
    lastExceptions: '',
    readyMs: 0,
    boundAfterMs: null,
  }),
  fact({ kind: 'launchFailed', reason: 'no runtime' }),
  { type: 'driverRegistered', ...run, driverUrl: executor.driverUrl },
  { type: 'targets', ...run, sequence: 1, targets: [target] },
  { type: 'executorsLeaving', ...run, executorIds: ['1'], how: 'decommission' },
  { type: 'milestone', ...run, name: 'firstTask', epochMs: 1 },
];

it.each(commands)('carries the command $type over the wire unchanged', (command) => {
  expect(agentCommand.parse(JSON.parse(JSON.stringify(command)))).toEqual(command);
});

it.each(messages)('carries the message $type over the wire unchanged', (message) => {
  expect(agentMessage.parse(JSON.parse(JSON.stringify(message)))).toEqual(message);
});

it('has a sample of everything there is to say', () => {
  const kinds = (schema: { options: readonly { shape: { type: { value: string } } }[] }) =>
    new Set(schema.options.map((option) => option.shape.type.value));
  expect(new Set(commands.map(({ type }) => type))).toEqual(kinds(agentCommand));
  expect(new Set(messages.map(({ type }) => type))).toEqual(kinds(agentMessage));
  const facts = messages.flatMap((message) => (message.type === 'fact' ? [message.fact.kind] : []));
  expect(new Set(facts)).toEqual(new Set(workerFact.options.map(({ shape }) => shape.kind.value)));
});

it('understands an end that is newer: members it does not know are left out', () => {
  expect(agentCommand.parse({ type: 'acknowledge', factIds: [], later: true })).toEqual({
    type: 'acknowledge',
    factIds: [],
  });
});

it.each<[string, object]>([
  ['a command nobody knows', { type: 'explode', workerId: 'w' }],
  ['a launch without a spec', { type: 'launch', workerId: 'w' }],
  ['a worker of no size', { type: 'launch', workerId: 'w', spec: { ...spec, heapMb: 0 } }],
  ['work of no kind', { type: 'bind', workerId: 'w', assignment: { ...assignment, work: {} } }],
  ['a bind without a secret', { type: 'bind', workerId: 'w', assignment: { work: executor } }],
  ['a negative grace', { type: 'stop', workerId: 'w', reason: '', graceMs: -1 }],
])('refuses %s', (_name, command) => {
  expect(agentCommand.safeParse(command).success).toBe(false);
});

it.each<[string, object]>([
  ['a message nobody knows', { type: 'goodbye' }],
  ['a fact nobody knows', { ...fact({ kind: 'bound' }), fact: { kind: 'vanished' } }],
  [
    'a time that runs backwards',
    { ...fact({ kind: 'bound' }), fact: { kind: 'ready', bootMs: -1 } },
  ],
  [
    'a target below nothing',
    { type: 'targets', ...run, sequence: 1, targets: [{ ...target, executors: -1 }] },
  ],
  ['another way to leave', { type: 'executorsLeaving', ...run, executorIds: [], how: 'shout' }],
])('refuses %s', (_name, message) => {
  expect(agentMessage.safeParse(message).success).toBe(false);
});
