import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, processesOfWorker } from './process-table.ts';
import { type Bed, makeBed } from './test/agent-under-test.ts';
import { driverAssignment, driverSpec } from './test/assignments.ts';
import { readWorker, workerFiles } from './worker-folder.ts';

let bed: Bed;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(async () => {
  await bed.clear();
});

const killHard = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

const hello = (from: number) =>
  bed.capacity.hear('hello', (m) => (m.type === 'hello' ? m : null), from);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const startBound = async (word: string): Promise<ChildProcess> => {
  const agent = bed.startProcess();
  await hello(0);
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: driverAssignment(['x', word]) });
  await bed.capacity.hearFact('w1', 'bound');
  return agent;
};

/** As the worker itself would ask, with the address and token it was started with. */
const credentialsStatus = async (): Promise<number> => {
  const authorization = readFileSync(workerFiles(bed.folderOf('w1')).token, 'utf8');
  const url = `http://127.0.0.1:${bed.config.port}/workers/w1/credentials`;
  return (await fetch(url, { headers: { authorization } })).status;
};

it('leaves workers to the next agent when it is killed, and their end is told once', async () => {
  await killHard(await startBound('sleep'));
  const { shim } = readWorker('w1', bed.folderOf('w1'));
  expect(shim !== null && isAlive(shim.pid, shim.startTicks)).toBe(true);

  const before = bed.capacity.messages.length;
  bed.startProcess();
  expect((await hello(before)).workers).toEqual([{ workerId: 'w1', state: 'bound' }]);
  expect(await credentialsStatus()).toBe(200);
  await pause(200);
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'done', graceMs: 2_000 });
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: 143, reason: 'done' });
  const lived = exited.fact.kind === 'exited' ? exited.fact.readyMs : 0;
  expect(lived).toBeGreaterThanOrEqual(200);
  await pause(2_500);
  expect(bed.capacity.facts('w1', 'exited')).toHaveLength(1);
});

it('meters a worker that ended while no agent lived', async () => {
  await killHard(await startBound('sleep'));
  const folder = bed.folderOf('w1');
  const { shim } = readWorker('w1', folder);
  for (const pid of processesOfWorker(folder, null)) {
    if (pid !== shim?.pid) process.kill(pid, 'SIGTERM');
  }
  while (!existsSync(workerFiles(folder).exit)) await pause(5);
  await pause(500);
  bed.startProcess();
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: 143 });
  const lived = exited.fact.kind === 'exited' ? exited.fact.readyMs : 0;
  expect(lived).toBeLessThan(500);
});

it('binds once, whatever the moment at which the agent dies', async () => {
  const agent = bed.startProcess();
  await hello(0);
  bed.capacity.say({ type: 'launch', workerId: 'w1', spec: driverSpec });
  await bed.capacity.hearFact('w1', 'ready');
  const assignment = driverAssignment(['x', 'sleep']);
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
  while (!existsSync(workerFiles(bed.folderOf('w1')).run)) await pause(0);
  await killHard(agent);
  const before = bed.capacity.messages.length;
  bed.startProcess();
  await hello(before);
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment });
  await bed.capacity.hearFact('w1', 'bound');
  await pause(200);
  const bindings = readFileSync(join(bed.folderOf('w1'), 'logs/bindings'), 'utf8');
  expect(bindings).toBe('bindings\n');
});

it('obeys on the same connection what it was told while it was stopped', async () => {
  const agent = await startBound('sleep');
  agent.kill('SIGSTOP');
  const before = bed.capacity.messages.length;
  bed.capacity.say({ type: 'stop', workerId: 'w1', reason: 'superseded', graceMs: 0 });
  await pause(500);
  expect(bed.capacity.facts('w1', 'exited')).toEqual([]);
  agent.kill('SIGCONT');
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ reason: 'superseded' });
  expect(bed.capacity.messages.slice(before).map(({ type }) => type)).not.toContain('hello');
});

it('gives a worker to its attempt only, also after it was killed and forgot the bind', async () => {
  await killHard(await startBound('sleep'));
  const folder = bed.folderOf('w1');
  rmSync(workerFiles(folder).bound);
  const before = bed.capacity.messages.length;
  bed.startProcess();
  await hello(before);
  const next = driverAssignment(['x', 'quick'], { attempt: 2 });
  bed.capacity.say({ type: 'bind', workerId: 'w1', assignment: next });
  await pause(300);
  expect(readWorker('w1', folder).run).toMatchObject({ attempt: 1 });
  expect(readFileSync(join(folder, 'logs/bindings'), 'utf8')).toBe('bindings\n');
});

it('tells of a worker whose shim was killed, and ends what is left of it', async () => {
  await startBound('sleep');
  const folder = bed.folderOf('w1');
  const { shim } = readWorker('w1', folder);
  if (shim !== null) process.kill(shim.pid, 'SIGKILL');
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: null, reason: 'vanished without a trace' });
  await pause(100);
  expect(processesOfWorker(folder, null)).toEqual([]);
});

it('ends every worker when it is asked to end itself, and leaves the facts', async () => {
  const agent = await startBound('sleep');
  bed.capacity.acknowledges = false;
  const gone = once(agent, 'exit');
  agent.kill('SIGTERM');
  expect((await gone)[0]).toBe(0);
  const record = readWorker('w1', bed.folderOf('w1'));
  expect(record.end).toMatchObject({ code: 143 });
  bed.capacity.acknowledges = true;
  const before = bed.capacity.messages.length;
  bed.startProcess();
  const exited = await bed.capacity.hearFact('w1', 'exited', before);
  expect(exited.fact).toMatchObject({ exitCode: 143, reason: 'agent stopped' });
});

it('does not take a later process with the same id for its worker', async () => {
  await killHard(await startBound('sleep'));
  const folder = bed.folderOf('w1');
  const { shim } = readWorker('w1', folder);
  const other = spawn('sleep', ['100'], { detached: true });
  const { pid, bind } = workerFiles(folder);
  expect(existsSync(bind)).toBe(true);
  writeFileSync(pid, `${other.pid} ${shim?.startTicks} 1.00 ${shim?.bootId}\n`);
  bed.startProcess();
  const exited = await bed.capacity.hearFact('w1', 'exited');
  expect(exited.fact).toMatchObject({ exitCode: null });
  expect(other.exitCode).toBeNull();
  other.kill('SIGKILL');
});
