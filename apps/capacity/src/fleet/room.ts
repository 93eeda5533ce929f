/** How much room is left: in a zone, under an application's maximumCapacity, under an account's quota. */
import type { MaximumCapacity, WorkerSize } from '@firesteel/contracts/worker-size';
import type { Worker } from '../worker/worker.ts';

/** What a zone's agent may start, in AWS' sizes. */
export type Zone = { readonly zone: string; readonly vcpu: number; readonly memoryMb: number };

export type Room = { readonly vcpu: number; readonly memoryMb: number; readonly diskGb: number };

export const sumOf = (sizes: readonly WorkerSize[]): Room => ({
  vcpu: sizes.reduce((sum, size) => sum + size.vcpu, 0),
  memoryMb: sizes.reduce((sum, size) => sum + size.memoryMb, 0),
  diskGb: sizes.reduce((sum, size) => sum + size.diskGb, 0),
});

/** How often `size` fits into what is left. */
export const times = (room: Room, size: WorkerSize): number =>
  Math.max(
    0,
    Math.floor(
      Math.min(room.vcpu / size.vcpu, room.memoryMb / size.memoryMb, room.diskGb / size.diskGb),
    ),
  );

export const fits = (room: Room, need: Room): boolean =>
  need.vcpu <= room.vcpu && need.memoryMb <= room.memoryMb && need.diskGb <= room.diskGb;

/** What is left of a room. */
export const minus = (room: Room, used: Room): Room => ({
  vcpu: room.vcpu - used.vcpu,
  memoryMb: room.memoryMb - used.memoryMb,
  diskGb: room.diskGb - used.diskGb,
});

/** What takes up room: a worker, or a gang that was just admitted. */
export type Holding = Pick<Worker, 'zone' | 'applicationId' | 'accountId' | 'size'>;

const sizesOf = (workers: readonly Holding[]): WorkerSize[] => workers.map(({ size }) => size);

/** What a zone still has. Disk is not counted: it is the host's. */
export const roomInZone = (zone: Zone, workers: readonly Holding[]): Room =>
  minus(
    { vcpu: zone.vcpu, memoryMb: zone.memoryMb, diskGb: Number.POSITIVE_INFINITY },
    { ...sumOf(sizesOf(workers.filter((worker) => worker.zone === zone.zone))), diskGb: 0 },
  );

const boundless: Room = {
  vcpu: Number.POSITIVE_INFINITY,
  memoryMb: Number.POSITIVE_INFINITY,
  diskGb: Number.POSITIVE_INFINITY,
};

export const nothing: Room = { vcpu: 0, memoryMb: 0, diskGb: 0 };

/** An application's maximumCapacity; without one there is no limit but the zone's. */
export const maximumOf = (maximum: MaximumCapacity | null): Room =>
  maximum === null ? boundless : { ...maximum, diskGb: maximum.diskGb ?? boundless.diskGb };

/** What the application may still have, over all its workers at this moment. */
export const roomInApplication = (
  applicationId: string,
  maximum: MaximumCapacity | null,
  workers: readonly Holding[],
): Room =>
  minus(
    maximumOf(maximum),
    sumOf(sizesOf(workers.filter((worker) => worker.applicationId === applicationId))),
  );

/**
 * What the account may still have under its quota of concurrent vCPUs; memory and disk have none
 * (reference emr-serverless §4.8).
 */
export const roomInAccount = (
  accountId: string,
  quotaVcpu: number | null,
  workers: readonly Holding[],
): Room => {
  const held = sumOf(sizesOf(workers.filter((worker) => worker.accountId === accountId)));
  return { ...boundless, vcpu: (quotaVcpu ?? boundless.vcpu) - held.vcpu };
};

/** What fits into both rooms. */
export const within = (a: Room, b: Room): Room => ({
  vcpu: Math.min(a.vcpu, b.vcpu),
  memoryMb: Math.min(a.memoryMb, b.memoryMb),
  diskGb: Math.min(a.diskGb, b.diskGb),
});

/** The room of so many workers of one size. */
export const timesSize = (size: WorkerSize, count: number): Room => ({
  // Multiplied, not listed: nothing keeps a run from asking for two thousand million executors.
  vcpu: size.vcpu * count,
  memoryMb: size.memoryMb * count,
  diskGb: size.diskGb * count,
});

/** As people read it. */
export const describeRoom = ({ vcpu, memoryMb }: Room): string =>
  `${vcpu} vCPU and ${Math.ceil(memoryMb / 1024)} GB`;
