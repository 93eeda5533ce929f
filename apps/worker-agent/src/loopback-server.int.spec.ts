import { readFileSync } from 'node:fs';
import { type Bed, makeBed } from './test/agent-under-test.ts';
import {
  driverAssignment,
  driverSpec,
  executorAssignment,
  executorSpec,
} from './test/assignments.ts';
import { workerFiles } from './worker-folder.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await makeBed();
  await bed.start();
  await bed.capacity.hear('hello', (m) => (m.type === 'hello' ? m : null));
});
afterEach(async () => {
  await bed.clear();
});

const tokenOf = (workerId: string): string =>
  readFileSync(workerFiles(bed.folderOf(workerId)).token, 'utf8');

const call = async (method: string, path: string, token: string, body?: object) => {
  const response = await fetch(`http://127.0.0.1:${bed.config.port}/workers/${path}`, {
    method,
    headers: { authorization: token },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};

const startDriver = async (workerId = 'w1'): Promise<string> => {
  bed.capacity.say({ type: 'launch', workerId, spec: driverSpec });
  await bed.capacity.hearFact(workerId, 'ready');
  return tokenOf(workerId);
};

const bindDriver = async (workerId = 'w1'): Promise<string> => {
  const token = await startDriver(workerId);
  bed.capacity.say({ type: 'bind', workerId, assignment: driverAssignment(['x', 'sleep']) });
  await bed.capacity.hearFact(workerId, 'bound');
  return token;
};

it("gives a bound worker its run's credentials, and asks for them once", async () => {
  const token = await bindDriver();
  const answers = await Promise.all([1, 2, 3].map(() => call('GET', 'w1/credentials', token)));
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(body).toEqual({
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  }
  expect(bed.cloud.questions).toHaveLength(1);
});

it('keeps credentials that are good, however far behind their giver’s clock is', async () => {
  bed.cloud.aheadMs = -10_800_000;
  const token = await bindDriver();
  await call('GET', 'w1/credentials', token);
  const again = await call('GET', 'w1/credentials', token);
  expect(again.body).toMatchObject({ AccessKeyId: 'ASIA1' });
});

it('asks again while iam-authorizer has trouble, so that no driver fails for its restart', async () => {
  bed.cloud.failingQuestions = 3;
  const token = await bindDriver();
  expect(await call('GET', 'w1/credentials', token)).toMatchObject({
    status: 200,
    body: { AccessKeyId: 'ASIA1' },
  });
});

it.each([0, 10_800_000])(
  'renews credentials that have less than five minutes left by their giver’s clock, %i ms ahead',
  async (aheadMs) => {
    bed.cloud.aheadMs = aheadMs;
    bed.cloud.validForMs = 299_000;
    const token = await bindDriver();
    await call('GET', 'w1/credentials', token);
    const again = await call('GET', 'w1/credentials', token);
    expect(again.body).toMatchObject({ AccessKeyId: 'ASIA2' });
  },
);

it('refuses credentials without the token, before the bind and after the end', async () => {
  const token = await startDriver();
  expect((await call('GET', 'w1/credentials', token)).status).toBe(404);
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['x', 'sleep']) });
  await bed.capacity.hearFact('w1', 'bound');
  expect((await call('GET', 'w1/credentials', 'wrong')).status).toBe(401);
  expect((await call('GET', 'w1/credentials', `${token}x`)).status).toBe(401);
  bed.capacity.acknowledges = false;
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'x', graceMs: 1_000 });
  await bed.capacity.hearFact('w1', 'exited');
  expect((await call('GET', 'w1/credentials', token)).status).toBe(410);
  expect(bed.cloud.questions).toEqual([]);
});

it('passes on what the driver says, and repeats the latest on a new connection', async () => {
  const token = await bindDriver();
  const target = { resourceProfileId: 0, cores: 1, memoryMb: 1024, memoryOverheadMb: 384 };
  const targets = (sequence: number, executors: number) => ({
    sequence,
    targets: [{ ...target, executors }],
  });
  await call('PUT', 'w1/driver', token, { url: 'spark://CoarseGrainedScheduler@127.0.0.1:1' });
  await call('PUT', 'w1/targets', token, targets(1, 3));
  await call('PUT', 'w1/targets', token, targets(2, 5));
  await call('PUT', 'w1/targets', token, targets(1, 3));
  await call('PUT', 'w1/kill', token, { executorIds: ['1'] });
  await call('PUT', 'w1/milestone', token, { name: 'firstTask', epochMs: 5 });
  await bed.capacity.hear('milestone', (m) => (m.type === 'milestone' ? m : null));
  const before = bed.capacity.messages.length;
  bed.capacity.dropConnections();
  await bed.capacity.hear('kill', (m) => (m.type === 'executorsLeaving' ? m : null), before);
  const from = { workerId: 'w1', jobRunId: '00f1aabbccddeeff' };
  expect(bed.capacity.messages.slice(before + 1, before + 4)).toEqual([
    { type: 'driverRegistered', ...from, driverUrl: 'spark://CoarseGrainedScheduler@127.0.0.1:1' },
    { type: 'targets', ...from, ...targets(2, 5) },
    { type: 'executorsLeaving', ...from, executorIds: ['1'], how: 'kill' },
  ]);
});

it("brings capacity's refusals to the driver with the next answer, once", async () => {
  const token = await bindDriver();
  bed.capacity.say({ type: 'refusals', workerId: 'w1', messages: ['over the maximum'] });
  bed.capacity.say({ type: 'refusals', workerId: 'stranger', messages: ['not for anybody'] });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const targets = { sequence: 1, targets: [] };
  expect((await call('PUT', 'w1/targets', token, targets)).body).toEqual({
    refusals: [{ message: 'over the maximum' }],
  });
  expect((await call('PUT', 'w1/targets', token, targets)).body).toEqual({});
});

it('tells strangers and executors that they drive nothing', async () => {
  expect((await call('PUT', 'stranger/driver', 'x', { url: 'spark://x' })).status).toBe(410);
  bed.capacity.say({ type: 'launch', workerId: 'w2', spec: executorSpec });
  bed.capacity.say({ type: 'bind', workerId: 'w2', assignment: executorAssignment() });
  await bed.capacity.hearFact('w2', 'bound');
  const body = { url: 'spark://x' };
  expect((await call('PUT', 'w2/driver', tokenOf('w2'), body)).status).toBe(409);
  expect((await call('PUT', 'w2/nonsense', tokenOf('w2'), body)).status).toBe(404);
});

it('refuses a call that it cannot read', async () => {
  const token = await bindDriver();
  expect((await call('PUT', 'w1/targets', token, { targets: 'many' })).status).toBe(400);
});
