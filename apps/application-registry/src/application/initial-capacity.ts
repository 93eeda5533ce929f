/**
 * `initialCapacity` and `maximumCapacity` as they are given, read into numbers (reference
 * emr-serverless §4.1, §4.5, §4.6). Pre-initialised workers have exactly a size that AWS offers.
 */
import {
  formatDisk,
  formatMemory,
  formatVcpu,
  parseDiskGb,
  parseMemoryMb,
  parseVcpu,
} from '@firesteel/aws-protocol/capacity-units';
import type { ApplicationSettings, Json } from '@firesteel/contracts/events';
import { fitWorker } from '@firesteel/contracts/worker-fit';
import type { MaximumCapacity, WorkerSize, WorkerType } from '@firesteel/contracts/worker-size';
import { Refused } from '@firesteel/decider/refused';
import { partsOf } from './settings.ts';

type Engine = 'Spark' | 'Hive';

/** Hive's workers are read and checked like Spark's, though no runtime serves them yet. */
export type InitialWorkerType = WorkerType | 'HIVE_DRIVER' | 'TEZ_TASK';

/** One entry of `initialCapacity`. */
export type InitialWorkers = {
  readonly workerType: InitialWorkerType;
  readonly count: number;
  readonly size: WorkerSize;
};

/** Worker types of an engine by their spelling without case, `_` and `-` (behaviours row 19). */
const typesOf: Readonly<Record<Engine, ReadonlyMap<string, InitialWorkerType>>> = {
  Spark: new Map([
    ['driver', 'SPARK_DRIVER'],
    ['sparkdriver', 'SPARK_DRIVER'],
    ['executor', 'SPARK_EXECUTOR'],
    ['sparkexecutor', 'SPARK_EXECUTOR'],
  ]),
  Hive: new Map([
    ['driver', 'HIVE_DRIVER'],
    ['hivedriver', 'HIVE_DRIVER'],
    ['teztask', 'TEZ_TASK'],
  ]),
};

/** Sizes of workers that are given without one: those of a job that asks for nothing (reference §4.3). */
const defaultSizes: Readonly<Record<Engine, WorkerSize>> = {
  Spark: { vcpu: 4, memoryMb: 16 * 1024, diskGb: 20 },
  Hive: { vcpu: 2, memoryMb: 8 * 1024, diskGb: 20 },
};

const smallestDiskGb = 20;
const largestDiskGb = { standard: 200, shuffle_optimized: 2048 };

function workerTypeOf(engine: Engine, spelling: string): InitialWorkerType {
  const type = typesOf[engine].get(spelling.toLowerCase().replace(/[_-]/g, ''));
  if (!type)
    throw new Refused(
      'Invalid',
      `Worker type '${spelling}' in initialCapacity is not supported for type '${engine.toUpperCase()}'`,
    );
  return type;
}

function countOf(spelling: string, count: Json | undefined): number {
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1)
    throw new Refused(
      'Invalid',
      `workerCount of '${spelling}' in initialCapacity must be a whole number of at least 1`,
    );
  return count;
}

const text = (value: Json | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A configuration as AWS' messages show one. */
const shown = (parts: readonly (readonly [name: string, value: string])[]): string =>
  `[${parts.map(([name, value]) => `${name}: ${value}`).join(', ')}]`;

/** @throws Refused when AWS offers no worker of exactly this size (reference §4.1) */
function sizeOf(engine: Engine, spelling: string, configuration: Json | undefined): WorkerSize {
  if (configuration === undefined || configuration === null) return defaultSizes[engine];
  const { cpu, memory, disk = formatDisk(smallestDiskGb), diskType } = partsOf(configuration);
  const [vcpu, memoryMb] = [parseVcpu(text(cpu)), parseMemoryMb(text(memory))];
  const diskGb = parseDiskGb(text(disk)) ?? 0;
  const largest =
    text(diskType).toLowerCase() === 'shuffle_optimized'
      ? largestDiskGb.shuffle_optimized
      : largestDiskGb.standard;
  const fitting = fitWorker(vcpu ?? 0, memoryMb ?? 0, diskGb);
  const isOffered = fitting?.vcpu === vcpu && fitting?.memoryMb === memoryMb;
  if (!fitting || !isOffered || diskGb < smallestDiskGb || diskGb > largest)
    throw new Refused(
      'Invalid',
      `Worker configuration ${shown([
        ['cpu', text(cpu)],
        ['memory', text(memory)],
        ['disk', text(disk)],
      ])} of '${spelling}' in initialCapacity is not supported`,
    );
  return fitting;
}

/**
 * The entries of `initialCapacity`, in the order they are given; worker types in any of AWS' spellings.
 * @throws Refused for a worker type the engine does not have or that is named twice, a count below 1,
 *   and a size that AWS does not offer
 */
export function initialWorkersOf(
  engine: Engine,
  settings: ApplicationSettings,
): readonly InitialWorkers[] {
  const workers = Object.entries(partsOf(settings['initialCapacity'])).map(([spelling, entry]) => {
    const { workerCount, workerConfiguration } = partsOf(entry);
    return {
      workerType: workerTypeOf(engine, spelling),
      count: countOf(spelling, workerCount),
      size: sizeOf(engine, spelling, workerConfiguration),
    };
  });
  const twice = workers.find(
    ({ workerType }, index) =>
      workers.findIndex((other) => other.workerType === workerType) !== index,
  );
  if (twice)
    throw new Refused('Invalid', `initialCapacity names ${twice.workerType} more than once`);
  return workers;
}

/** `maximumCapacity` in numbers; null when there is no limit. */
export function maximumCapacityOf(settings: ApplicationSettings): MaximumCapacity | null {
  const { cpu, memory, disk } = partsOf(settings['maximumCapacity']);
  const [vcpu, memoryMb] = [parseVcpu(text(cpu)), parseMemoryMb(text(memory))];
  if (vcpu === undefined || memoryMb === undefined) return null;
  return { vcpu, memoryMb, diskGb: parseDiskGb(text(disk)) ?? null };
}

/** The dimensions of a capacity: its name in AWS' messages, what of a worker counts, the limit, the way it is written. */
const dimensions: readonly {
  readonly name: string;
  readonly ofWorker: (size: WorkerSize) => number;
  readonly limit: (maximum: MaximumCapacity) => number | null;
  readonly format: (amount: number) => string;
}[] = [
  { name: 'cpu', ofWorker: ({ vcpu }) => vcpu, limit: ({ vcpu }) => vcpu, format: formatVcpu },
  {
    name: 'memory',
    ofWorker: ({ memoryMb }) => memoryMb,
    limit: ({ memoryMb }) => memoryMb,
    format: formatMemory,
  },
  {
    name: 'disk',
    ofWorker: ({ diskGb }) => diskGb,
    limit: ({ diskGb }) => diskGb,
    format: formatDisk,
  },
];

/**
 * The pool of an application counts towards its limit, so it must fit into it.
 * @throws Refused where `initialWorkersOf` does, and when the workers together exceed `maximumCapacity`
 */
export function requireServable(engine: Engine, settings: ApplicationSettings): void {
  const workers = initialWorkersOf(engine, settings);
  const maximum = maximumCapacityOf(settings);
  if (maximum === null) return;
  const exceeded = dimensions.flatMap(({ name, ofWorker, limit, format }) => {
    const total = workers.reduce((sum, { count, size }) => sum + count * ofWorker(size), 0);
    const most = limit(maximum);
    return most !== null && total > most
      ? [{ total: [name, format(total)] as const, most: [name, format(most)] as const }]
      : [];
  });
  if (exceeded.length > 0)
    throw new Refused(
      'Invalid',
      `initialCapacity ${shown(exceeded.map(({ total }) => total))} exceeds maximumCapacity ${shown(exceeded.map(({ most }) => most))}`,
    );
}
