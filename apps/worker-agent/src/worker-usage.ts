/** What each worker uses of its processors, memory and disk, as metrics under AWS' names (reference emr-serverless §7.4). */
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Measured, observe } from '@firesteel/telemetry/gauges';
import { type ProcessUse, processesOfWorker, processUse } from './process-table.ts';
import { hasEnded, type Worker } from './worker.ts';

const bytesPerGb = 2 ** 30;
const blockBytes = 512;

const instruments = [
  { name: 'WorkerCpuAllocated', unit: 'vCPU', description: 'vCPUs of the worker' },
  {
    name: 'WorkerCpuUsed',
    unit: 'vCPU',
    description: 'processors busy, on average since the last time',
  },
  { name: 'WorkerMemoryAllocated', unit: 'GB', description: 'memory of the worker' },
  {
    name: 'WorkerMemoryUsed',
    unit: 'GB',
    description: 'memory in use, what processes share divided among them',
  },
  { name: 'WorkerEphemeralStorageAllocated', unit: 'GB', description: 'disk of the worker' },
  { name: 'WorkerEphemeralStorageUsed', unit: 'GB', description: 'disk in use' },
  { name: 'WorkerStorageReadBytes', unit: 'By', description: 'bytes read from disk', grows: true },
  {
    name: 'WorkerStorageWriteBytes',
    unit: 'By',
    description: 'bytes written to disk',
    grows: true,
  },
] as const;

type Name = (typeof instruments)[number]['name'];

/** Bytes on disk below a folder. What goes away meanwhile counts as nothing. */
export const diskBytes = async (folder: string): Promise<number> => {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return diskBytes(path);
    const stats = await lstat(path).catch(() => null);
    return (stats?.blocks ?? 0) * blockBytes;
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
};

/** What all processes of one worker have used so far and hold now. */
export const useOfWorker = ({ folder, record }: Pick<Worker, 'folder' | 'record'>): ProcessUse => {
  const uses = processesOfWorker(folder, record.shim?.pid ?? null).map(processUse);
  const sum = (of: (use: ProcessUse) => number): number =>
    uses.reduce((total, use) => total + (use === null ? 0 : of(use)), 0);
  return {
    cpuMs: sum(({ cpuMs }) => cpuMs),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    readBytes: sum(({ readBytes }) => readBytes),
    writtenBytes: sum(({ writtenBytes }) => writtenBytes),
  };
};

/** The dimensions of the service, by id; the names of application and run are not known on a worker's machine. */
const attributesOf = (worker: Worker): Record<string, string> => {
  const { spec, run } = worker.record;
  return {
    ...(run === null ? {} : { ApplicationId: run.applicationId, JobId: run.jobRunId }),
    WorkerId: worker.workerId,
    WorkerType: spec?.workerType === 'SPARK_DRIVER' ? 'Spark_Driver' : 'Spark_Executor',
    CapacityAllocationType: spec?.waits === true ? 'PreInitCapacity' : 'OnDemandCapacity',
  };
};

type Before = { readonly use: ProcessUse; readonly atMs: number };

/** Processors busy since the last look; since its start, for a worker that was not looked at before. */
const cpuUsed = (
  use: ProcessUse,
  atMs: number,
  before: Before | undefined,
  shim: Worker['record']['shim'],
): number => {
  const sinceMs = before?.atMs ?? shim?.uptimeMs ?? atMs;
  const usedMs = use.cpuMs - (before?.use.cpuMs ?? 0);
  return atMs > sinceMs ? Math.max(0, usedMs) / (atMs - sinceMs) : 0;
};

const measuredOf = async (
  worker: Worker,
  use: ProcessUse,
  atMs: number,
  before: Before | undefined,
): Promise<Measured<Name>> => {
  const { spec, shim } = worker.record;
  const size = spec?.size ?? { vcpu: 0, memoryMb: 0, diskGb: 0 };
  return {
    attributes: attributesOf(worker),
    values: {
      WorkerCpuAllocated: size.vcpu,
      WorkerCpuUsed: cpuUsed(use, atMs, before, shim),
      WorkerMemoryAllocated: size.memoryMb / 1024,
      WorkerMemoryUsed: use.memoryBytes / bytesPerGb,
      WorkerEphemeralStorageAllocated: size.diskGb,
      WorkerEphemeralStorageUsed: (await diskBytes(worker.folder)) / bytesPerGb,
      WorkerStorageReadBytes: use.readBytes,
      WorkerStorageWriteBytes: use.writtenBytes,
    },
  };
};

/** Measures the living workers; one reader, since the processors' share is since its last call. */
export const usageReader = (workers: () => readonly Worker[], uptimeMs: () => number) => {
  let before: ReadonlyMap<string, Before> = new Map();
  return async (): Promise<Measured<Name>[]> => {
    const atMs = uptimeMs();
    const looks = workers()
      .filter((worker) => worker.record.shim !== null && !hasEnded(worker))
      .map((worker) => ({ worker, use: useOfWorker(worker) }));
    const measured = looks.map(({ worker, use }) =>
      measuredOf(worker, use, atMs, before.get(worker.workerId)),
    );
    before = new Map(looks.map(({ worker, use }) => [worker.workerId, { use, atMs }]));
    return Promise.all(measured);
  };
};

/** Measures the workers whenever metrics are collected; nothing is looked at where they are not. */
export const meterWorkers = (workers: () => readonly Worker[], uptimeMs: () => number): void =>
  observe(instruments, usageReader(workers, uptimeMs));
