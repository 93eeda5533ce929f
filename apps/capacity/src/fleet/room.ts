/** How much room is left: in a zone, and under an application's maximumCapacity. */
import type { WorkerSize } from '@firesteel/contracts/worker-size';
import type { Allocation } from '../allocation/allocation.ts';
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
export type Holding = Pick<Worker, 'zone' | 'applicationId' | 'size'>;

const sizesOf = (workers: readonly Holding[]): WorkerSize[] => workers.map(({ size }) => size);

/** What a zone still has. Disk is not counted: it is the host's. */
export const roomInZone = (zone: Zone, workers: readonly Holding[]): Room =>
  minus(
    { vcpu: zone.vcpu, memoryMb: zone.memoryMb, diskGb: Number.POSITIVE_INFINITY },
    { ...sumOf(sizesOf(workers.filter((worker) => worker.zone === zone.zone))), diskGb: 0 },
  );

/** An application's maximumCapacity; without one there is no limit but the zone's. */
export const maximumOf = ({ plan }: Allocation): Room =>
  plan.maximumCapacity === null
    ? {
        vcpu: Number.POSITIVE_INFINITY,
        memoryMb: Number.POSITIVE_INFINITY,
        diskGb: Number.POSITIVE_INFINITY,
      }
    : { ...plan.maximumCapacity, diskGb: plan.maximumCapacity.diskGb ?? Number.POSITIVE_INFINITY };

/** What the application may still have, over all its workers at this moment. */
export const roomInApplication = (allocation: Allocation, workers: readonly Holding[]): Room =>
  minus(
    maximumOf(allocation),
    sumOf(
      sizesOf(workers.filter(({ applicationId }) => applicationId === allocation.applicationId)),
    ),
  );
