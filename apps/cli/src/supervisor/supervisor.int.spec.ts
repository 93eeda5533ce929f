import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopEverything } from '../commands/down.ts';
import { type Layout, layoutOf } from '../state/layout.ts';
import { askStatus } from './control.ts';
import { type InstallationStatus, isAllReady } from './installation-status.ts';
import { pause } from './pause.ts';
import { currentBootId, identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import type { ProcessStatus } from './process-plan.ts';
import { recordedNames } from './run-file.ts';

const fixture = fileURLToPath(new URL('fake-installation.fixture.ts', import.meta.url));

let home: string;
let layout: Layout;
let ports: number[];
const children: ChildProcess[] = [];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

function startSupervisor(zone = 'zone-a'): ChildProcess {
  const words = [
    '--disable-warning=ExperimentalWarning',
    fixture,
    home,
    ...ports.map(String),
    zone,
  ];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  children.push(child);
  return child;
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

async function statusWhen(
  wanted: (status: InstallationStatus) => boolean,
  patienceMs = 15_000,
): Promise<InstallationStatus> {
  for (let look = 0; look < patienceMs / 50; look += 1) {
    const status = await askStatus(layout.controlSocket);
    if (status !== undefined && wanted(status)) return status;
    await pause(50);
  }
  throw new Error('The wanted status did not come.');
}

const named = (status: InstallationStatus, name: string): ProcessStatus => {
  const found = status.processes.find((process) => process.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

const pidOf = (status: InstallationStatus, name: string): number => named(status, name).pid ?? 0;
const endEverything = () => stopEverything({ layout, say: () => undefined });

/** A worker of an agent, as agents leave them: a process group of its own and a file that names it. */
function startWorker(zone: string): ProcessIdentity {
  const worker = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
  const identity = identify(worker.pid ?? 0);
  if (identity === undefined) throw new Error('the worker does not run');
  const dir = join(layout.dataDir, `worker-agent-${zone}`, 'workers', 'w-1');
  mkdirSync(dir, { recursive: true });
  const { pid, startTime } = identity;
  writeFileSync(join(dir, 'pid'), `${pid} ${startTime} 1.00 ${currentBootId()}`);
  return identity;
}

beforeEach(async () => {
  home = join(mkdtempSync(join(tmpdir(), 'firesteel-supervisor-')), 'x'.repeat(80), 'home');
  mkdirSync(home, { recursive: true });
  layout = layoutOf(home);
  ports = [await freePort(), await freePort()];
});

afterEach(async () => {
  await endEverything();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(join(home, '..', '..'), { recursive: true, force: true });
});

describe('a supervisor', () => {
  it('starts in order, even where the path is too long for a socket', async () => {
    startSupervisor();
    const status = await statusWhen(isAllReady);
    expect(status.processes.map(({ name, state }) => [name, state])).toEqual([
      ['store', 'ready'],
      ['worker-agent-zone-a', 'ready'],
    ]);
    expect(named(status, 'store').memoryBytes).toBeGreaterThan(1e6);
  });

  it('starts a crashed process again and says how it ended', async () => {
    startSupervisor();
    const before = await statusWhen(isAllReady);
    process.kill(pidOf(before, 'store'), 'SIGKILL');
    const after = await statusWhen(
      (status) => isAllReady(status) && named(status, 'store').restarts === 1,
    );
    expect(named(after, 'store').lastExit).toBe('signal SIGKILL');
    expect(pidOf(after, 'worker-agent-zone-a')).toBe(pidOf(before, 'worker-agent-zone-a'));
  });

  it('keeps its port while a crashed process is started again: who calls meanwhile waits', async () => {
    startSupervisor();
    const before = await statusWhen(isAllReady);
    const port = ports[1] ?? 0;
    process.kill(pidOf(before, 'worker-agent-zone-a'), 'SIGKILL');
    for (let call = 0; call < 20; call += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      expect(await answer.text()).toBe('well');
    }
    expect(pidOf(await statusWhen(isAllReady), 'worker-agent-zone-a')).not.toBe(
      pidOf(before, 'worker-agent-zone-a'),
    );
    await endEverything();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
  });

  it('kills one that lives and answers nothing, and says so', async () => {
    startSupervisor();
    const before = await statusWhen(isAllReady);
    process.kill(pidOf(before, 'store'), 'SIGSTOP');
    await statusWhen((status) => named(status, 'store').state === 'unready', 60_000);
    const after = await statusWhen(
      (status) => isAllReady(status) && named(status, 'store').restarts === 1,
      60_000,
    );
    expect(named(after, 'store').lastExit).toMatch(/^answered nothing for \d+ s$/);
    expect(pidOf(after, 'store')).not.toBe(pidOf(before, 'store'));
    expect(pidOf(after, 'worker-agent-zone-a')).toBe(pidOf(before, 'worker-agent-zone-a'));
  });

  it('goes on when it cannot write down whom it has started, and tries until it can', async () => {
    startSupervisor();
    const before = await statusWhen(isAllReady);
    // As with a full disk: the record cannot be written.
    const draft = join(layout.runDir, `store.json.${before.supervisor.pid}.new`);
    mkdirSync(draft);
    process.kill(pidOf(before, 'store'), 'SIGKILL');
    const meanwhile = await statusWhen((status) => named(status, 'store').restarts > 1);
    expect(named(meanwhile, 'store').lastExit).toMatch(/^cannot be started: .*store.json/);
    rmSync(draft, { recursive: true });
    const after = await statusWhen(isAllReady);
    expect(after.supervisor.pid).toBe(before.supervisor.pid);
    expect(pidOf(after, 'worker-agent-zone-a')).toBe(pidOf(before, 'worker-agent-zone-a'));
  });

  it('takes over what a killed one left', async () => {
    const first = startSupervisor();
    const before = await statusWhen(isAllReady);
    first.kill('SIGKILL');
    await exitOf(first);
    startSupervisor();
    const after = await statusWhen(isAllReady);
    expect(after.supervisor.pid).not.toBe(before.supervisor.pid);
    expect(after.processes.map(({ pid, adopted }) => [pid, adopted])).toEqual(
      before.processes.map(({ pid }) => [pid, true]),
    );
    process.kill(pidOf(after, 'store'), 'SIGKILL');
    const again = await statusWhen(
      (status) => isAllReady(status) && named(status, 'store').restarts === 1,
    );
    expect(named(again, 'store').adopted).toBe(false);
  });

  it('runs once per home', async () => {
    startSupervisor();
    const before = await statusWhen(isAllReady);
    expect(await exitOf(startSupervisor())).toBe(2);
    expect((await statusWhen(isAllReady)).supervisor.pid).toBe(before.supervisor.pid);
  });

  it('ends everything when it is told to, workers of a dead agent included', async () => {
    const supervisor = startSupervisor();
    const status = await statusWhen(isAllReady);
    const worker = startWorker('zone-a');
    const exit = exitOf(supervisor);
    supervisor.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(isAlive(worker)).toBe(false);
    for (const { pid } of status.processes) expect(identify(pid ?? 0)).toBeUndefined();
    expect(readFileSync(join(layout.logsDir, 'store.log'), 'utf8')).toContain('goodbye');
  });

  it('ends the agent, and its workers, of a zone that is gone', async () => {
    const first = startSupervisor('zone-a');
    const before = await statusWhen(isAllReady);
    const worker = startWorker('zone-a');
    first.kill('SIGKILL');
    await exitOf(first);
    startSupervisor('zone-b');
    const after = await statusWhen(
      (status) => isAllReady(status) && status.supervisor.pid !== before.supervisor.pid,
    );
    expect(after.processes.map(({ name, adopted }) => [name, adopted])).toEqual([
      ['store', true],
      ['worker-agent-zone-b', false],
    ]);
    expect(identify(pidOf(before, 'worker-agent-zone-a'))).toBeUndefined();
    expect(isAlive(worker)).toBe(false);
    expect(recordedNames(layout.runDir).toSorted()).toEqual([
      'store',
      'supervisor',
      'worker-agent-zone-b',
    ]);
  });

  it('that was killed leaves nothing behind after a stop, whatever the zones were', async () => {
    const supervisor = startSupervisor('zone-z');
    const status = await statusWhen(isAllReady);
    const worker = startWorker('zone-z');
    supervisor.kill('SIGKILL');
    await exitOf(supervisor);
    process.kill(pidOf(status, 'worker-agent-zone-z'), 'SIGKILL');
    expect(await endEverything()).toBe(true);
    expect(isAlive(worker)).toBe(false);
  });

  it('that was killed leaves nothing behind after a stop', async () => {
    const supervisor = startSupervisor();
    const status = await statusWhen(isAllReady);
    supervisor.kill('SIGKILL');
    await exitOf(supervisor);
    expect(await endEverything()).toBe(true);
    for (const { pid } of status.processes) expect(identify(pid ?? 0)).toBeUndefined();
    expect(await endEverything()).toBe(false);
  });
});
