// Real processes: their use is what Linux says.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uptimeMs } from './process-table.ts';
import type { Worker } from './worker.ts';
import { diskBytes, usageReader } from './worker-usage.ts';

let folder: string;
let child: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usage-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A worker whose only process does this. */
const workerThat = (does: string, changes: object = {}): Worker => {
  const env = { ...process.env, FIRESTEEL_WORKER_DIR: folder };
  child = spawn(process.execPath, ['-e', does], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const size = { vcpu: 2, memoryMb: 4096, diskGb: 20 };
  const record = {
    spec: { workerType: 'SPARK_DRIVER', size, waits: true },
    shim: { pid: child.pid, uptimeMs: uptimeMs() },
    run: { applicationId: 'app', jobRunId: 'run' },
    end: null,
    launchFailure: null,
    ...changes,
  };
  return { workerId: 'w-1', folder, record } as unknown as Worker;
};

const said = (): Promise<void> =>
  new Promise((resolve) => child.stdout?.once('data', () => resolve()));

it('measures what the processes of a worker use, under the names of the service', async () => {
  const file = JSON.stringify(join(folder, 'block'));
  const worker = workerThat(`
    const fs = require('node:fs'); const file = fs.openSync(${file}, 'w');
    fs.writeSync(file, Buffer.alloc(3 << 20, 1)); fs.fsyncSync(file);
    while (process.cpuUsage().user < 300000); console.log('done'); setInterval(() => {}, 1000);`);
  const read = usageReader(() => [worker], uptimeMs);
  await said();
  const [first] = await read();
  expect(first?.attributes).toEqual({
    ApplicationId: 'app',
    JobId: 'run',
    WorkerId: 'w-1',
    WorkerType: 'Spark_Driver',
    CapacityAllocationType: 'PreInitCapacity',
  });
  expect(first?.values).toMatchObject({
    WorkerCpuAllocated: 2,
    WorkerMemoryAllocated: 4,
    WorkerEphemeralStorageAllocated: 20,
  });
  expect(first?.values.WorkerCpuUsed).toBeGreaterThan(0);
  expect(first?.values.WorkerMemoryUsed).toBeGreaterThan(0.005);
  expect(first?.values.WorkerEphemeralStorageUsed).toBeGreaterThanOrEqual(3 / 1024);
});

it('gives the processors of the time since the last look', async () => {
  const worker = workerThat(`
    while (process.cpuUsage().user < 500000); console.log('done'); setInterval(() => {}, 1000);`);
  let atMs = 0;
  const read = usageReader(
    () => [worker],
    () => atMs,
  );
  await said();
  atMs = uptimeMs() + 1_000;
  const busy = (await read())[0]?.values.WorkerCpuUsed ?? 0;
  atMs += 1_000;
  const idle = (await read())[0]?.values.WorkerCpuUsed ?? 1;
  expect(busy).toBeGreaterThan(idle);
  expect(idle).toBeGreaterThanOrEqual(0);
});

it.each([
  ['ended', { end: { code: 0 } }],
  ['never started', { shim: null }],
])('leaves out a worker that has %s', async (_name, changes) => {
  const worker = workerThat('setInterval(() => {}, 1000)', changes);
  expect(await usageReader(() => [worker], uptimeMs)()).toEqual([]);
});

it('counts a folder that is not there as empty', async () => {
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  writeFileSync(join(folder, 'deep', 'er', 'file'), Buffer.alloc(100_000, 1));
  expect(await diskBytes(folder)).toBeGreaterThanOrEqual(100_000);
  expect(await diskBytes(join(folder, 'gone'))).toBe(0);
});
