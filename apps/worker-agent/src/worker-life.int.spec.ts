import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isAlive, processStatus } from './process-table.ts';
import { type Bed, makeBed } from './test/agent-under-test.ts';
import {
  driverAssignment,
  driverSpec,
  executorAssignment,
  executorSpec,
} from './test/assignments.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(async () => {
  await bed.clear();
});

const eventually = async (what: string, holds: () => boolean): Promise<void> => {
  const until = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > until) throw new Error(`Never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const greeting = async () => {
  await bed.start();
  return await bed.capacity.hear('hello', (m) => (m.type === 'hello' ? m : null));
};

it('says hello first, with its service token', async () => {
  const hello = await greeting();
  expect(hello).toMatchObject({ zone: 'zone-a', capacity: { vcpu: 20 }, workers: [] });
  expect(bed.capacity.messages[0]?.type).toBe('hello');
  expect(bed.capacity.authorizations).toEqual(['Bearer test']);
});

it('launches, readies, binds and ends a worker, and says so in this order', async () => {
  await greeting();
  const folder = bed.folderOf('w1');
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  const ready = await bed.capacity.hearFact('w1', 'ready');
  expect(readFileSync(join(folder, 'logs/command'), 'utf8')).toContain('warm:driver');
  expect(ready.fact).toMatchObject({ kind: 'ready', bootMs: expect.any(Number) });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['quick']) });
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({
    exitCode: 0,
    outOfMemory: false,
    lastExceptions: '',
    reason: 'ended by itself',
  });
  const kinds = [...new Set(bed.capacity.facts('w1').map(({ fact }) => fact.kind))];
  expect(kinds).toEqual(['launched', 'ready', 'bound', 'exited']);
  await eventually('the folder is removed', () => !existsSync(folder));
});

it('starts a worker whose run is there without warming it up', async () => {
  bed.capacity.acknowledges = false;
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['fail']) });
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({
    exitCode: 1,
    lastExceptions: "ModuleNotFoundError: No module named 'pandas'",
  });
  const command = readFileSync(join(bed.folderOf('w1'), 'logs/command'), 'utf8').trim();
  expect(command.endsWith('none')).toBe(true);
});

it('binds a worker that is still warming up, which makes it ready at that moment', async () => {
  await greeting();
  const spec = { ...driverSpec, javaOptions: ['-Dwarms.up=forever'] };
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec });
  await bed.capacity.hearFact('w1', 'launched');
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['quick']) });
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: 0 });
  const kinds = [...new Set(bed.capacity.facts('w1').map(({ fact }) => fact.kind))];
  expect(kinds).toEqual(['launched', 'ready', 'bound', 'exited']);
});

it('never binds a worker that was told to end before', async () => {
  await greeting();
  const spec = { ...driverSpec, javaOptions: ['-Dwarms.up=forever'] };
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec });
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'scale-in', graceMs: 0 });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['quick']) });
  await bed.capacity.hear('the end', (m) =>
    m.type === 'fact' && ['exited', 'launchFailed'].includes(m.fact.kind) ? m : null,
  );
  expect(bed.capacity.facts('w1', 'bound')).toEqual([]);
});

it('says how long a worker idled before it was bound', async () => {
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  await bed.capacity.hearFact('w1', 'ready');
  await new Promise((resolve) => setTimeout(resolve, 200));
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['quick']) });
  const { fact } = await bed.capacity.hearFact('w1', 'exited');
  if (fact.kind !== 'exited') throw new Error('not an exit');
  expect(fact.boundAfterMs).toBeGreaterThanOrEqual(190);
  expect(fact.readyMs).toBeGreaterThanOrEqual(fact.boundAfterMs ?? 0);
});

it('says of a worker that was never bound that it served nobody', async () => {
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  await bed.capacity.hearFact('w1', 'ready');
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'released', graceMs: 1_000 });
  const { fact } = await bed.capacity.hearFact('w1', 'exited');
  expect(fact).toMatchObject({ boundAfterMs: null, reason: 'released' });
});

it('starts one process for repeated launches and binds it once', async () => {
  await greeting();
  for (let times = 0; times < 3; times += 1) {
    bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
    bed.capacity.say({
      type: 'bind',
      workerId: 'w1',
      assignment: driverAssignment(['x', 'sleep']),
    });
  }
  await bed.capacity.hearFact('w1', 'bound');
  bed.capacity.say({
    type: 'bind',
    workerId: 'w1',
    assignment: driverAssignment(['quick'], { jobRunId: 'another' }),
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const logs = join(bed.folderOf('w1'), 'logs');
  expect(readFileSync(join(logs, 'bindings'), 'utf8')).toBe('bindings\n');
  expect(new Set(bed.capacity.facts('w1', 'launched').map(({ factId }) => factId)).size).toBe(1);
});

it('carries a bind line larger than a pipe', async () => {
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  const long = 'x'.repeat(100_000);
  bed.capacity.say({
    type: 'bind',
    workerId: 'w1',
    assignment: driverAssignment(['a', long, 'z']),
  });
  await bed.capacity.hearFact('w1', 'bound');
  const binding = readFileSync(join(bed.folderOf('w1'), 'logs/binding'), 'utf8');
  expect(binding).toContain(long);
});

it('ends the whole family of a worker, grandchildren in other sessions too', async () => {
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['x', 'family']) });
  await bed.capacity.hearFact('w1', 'bound');
  const file = join(bed.folderOf('w1'), 'logs/grandchild');
  await eventually(
    'there is a grandchild',
    () => existsSync(file) && readFileSync(file, 'utf8') !== '',
  );
  const grandchild = Number(readFileSync(file, 'utf8'));
  const startTicks = processStatus(grandchild)?.startTicks ?? '';
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'cancelled', graceMs: 300 });
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: 137, reason: 'cancelled', outOfMemory: false });
  await eventually('the grandchild is gone', () => !isAlive(grandchild, startTicks));
});

it('tells a gentle end from a kill', async () => {
  await greeting();
  for (const workerId of ['w1', 'w2']) {
    bed.capacity.say({ type: 'launch', workerId, spec: executorSpec });
    bed.capacity.say({ type: 'bind', workerId, assignment: executorAssignment() });
    await bed.capacity.hearFact(workerId, 'bound');
  }
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'scale-in', graceMs: 5_000 });
  const gentle = await bed.capacity.hearFact('w1', 'exited');
  expect(gentle.fact).toMatchObject({ exitCode: 143, reason: 'scale-in', outOfMemory: false });
});

it('reports a label without a runtime with the command that mends it', async () => {
  await greeting();
  const spec = { ...driverSpec, releaseLabel: 'emr-6.9.0' };
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec });
  const failed = await bed.capacity.hearFact('w1', 'launchFailed');
  expect(failed.fact).toMatchObject({
    reason: 'No runtime for emr-6.9.0 here; add it with: firesteel runtime add emr-6.9.0',
  });
});

it('answers for a worker it has never had', async () => {
  await greeting();
  bed.capacity.say({ type: 'stop', workerId: 'stranger', reason: 'x', graceMs: 0 });
  const exited = await bed.capacity.hearFact('stranger', 'exited');
  expect(exited.fact).toMatchObject({
    exitCode: null,
    reason: 'unknown to this agent',
    readyMs: 0,
  });
  await eventually('nothing is left', () => !existsSync(bed.folderOf('stranger')));
});

it('repeats facts until they are acknowledged, also over a lost connection', async () => {
  bed.capacity.acknowledges = false;
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  await bed.capacity.hearFact('w1', 'ready');
  const before = bed.capacity.messages.length;
  bed.capacity.dropConnections();
  await bed.capacity.hearFact('w1', 'ready', before);
  const again = bed.capacity.messages.slice(before);
  expect(again[0]).toMatchObject({ type: 'hello', workers: [{ workerId: 'w1', state: 'ready' }] });
  const facts = again.flatMap((message) => (message.type === 'fact' ? [message] : []));
  expect(facts.slice(0, 2).map(({ fact }) => fact.kind)).toEqual(['launched', 'ready']);
  bed.capacity.acknowledges = true;
  const heard = bed.capacity.messages.length;
  await bed.capacity.hearFact('w1', 'ready', heard);
});

it.each([0, 10_800_000])(
  'ships the logs of an ended worker to its logUri before its folder goes, with S3’s clock %i ms ahead',
  async (aheadMs) => {
    bed.cloud.aheadMs = aheadMs;
    await greeting();
    bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
    const assignment = driverAssignment(['fail'], { logUri: 's3://logs/team a/' });
    bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
    await bed.capacity.hearFact('w1', 'exited');
    await eventually('the folder is removed', () => !existsSync(bed.folderOf('w1')));
    const at = '/logs/team%20a/applications/00f1aabbccddee01/jobs/00f1aabbccddeeff/SPARK_DRIVER';
    const stdout = bed.cloud.objects.get(`${at}/stdout.gz`) ?? Buffer.alloc(0);
    expect(gunzipSync(stdout).toString()).toBe('hello from the job\n');
    expect(bed.cloud.objects.has(`${at}/stderr.gz`)).toBe(true);
    expect(bed.cloud.putHeaders[0]?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=ASIA1\//);
    expect(bed.cloud.questions).toEqual([
      {
        accountId: '123456789012',
        roleArn: 'arn:aws:iam::123456789012:role/job',
        sessionName: '00f1aabbccddeeff',
        policy: null,
        durationSeconds: 900,
        jobRunId: '00f1aabbccddeeff',
        attempt: 1,
      },
    ]);
  },
);

const scratch = (path: string): string => `/firesteel-scratch/00f1aabbccddeeff/${path}`;
const leaving = { 'spark.decommission.enabled': 'true' };

it('empties the scratch space of the attempt that a driver ends and of those before it, and no other', async () => {
  for (const path of ['2/shuffle%20a', '2/b/c', '1/older', '3/later', '21/alike']) {
    bed.cloud.objects.set(scratch(path), Buffer.from('block'));
  }
  bed.cloud.failingDeletions = 2;
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  const assignment = driverAssignment(['quick'], { attempt: 2 }, leaving);
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
  await bed.capacity.hearFact('w1', 'exited');
  await eventually('the folder is removed', () => !existsSync(bed.folderOf('w1')));
  expect([...bed.cloud.objects.keys()]).toEqual([scratch('3/later'), scratch('21/alike')]);
});

it('leaves the scratch space to the driver when an executor ends', async () => {
  bed.cloud.objects.set(scratch('1/block'), Buffer.from('block'));
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: executorSpec });
  const executor = executorAssignment();
  const work = { ...executor.work, sparkProperties: leaving };
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: { ...executor, work } });
  await bed.capacity.hearFact('w1', 'bound');
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'scale-in', graceMs: 0 });
  await bed.capacity.hearFact('w1', 'exited');
  await eventually('the folder is removed', () => !existsSync(bed.folderOf('w1')));
  expect(bed.cloud.calls).toEqual([]);
  expect(bed.cloud.objects.has(scratch('1/block'))).toBe(true);
});

it('tells the end of a driver whose scratch space cannot be emptied', async () => {
  bed.cloud.objects.set(scratch('1/block'), Buffer.from('block'));
  bed.cloud.failingDeletions = 1_000;
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  const assignment = driverAssignment(['quick'], {}, leaving);
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
  await bed.capacity.hearFact('w1', 'exited');
  await eventually('the folder is removed', () => !existsSync(bed.folderOf('w1')));
});

it('never lets logs that cannot be shipped hold back the end', async () => {
  bed.cloud.refusesPuts = true;
  await greeting();
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  const assignment = driverAssignment(['quick'], { logUri: 's3://logs/' });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
  await bed.capacity.hearFact('w1', 'exited');
  await eventually('it was tried', () => bed.cloud.putHeaders.length > 0);
  expect(existsSync(bed.folderOf('w1'))).toBe(true);
  bed.cloud.refusesPuts = false;
  await eventually('the folder is removed', () => !existsSync(bed.folderOf('w1')));
  expect(bed.cloud.objects.size).toBe(2);
});
