const SIZE = /^([1-9][0-9]{0,9})\s?([a-zA-Z]*)$/;

function amount(text: string, units: readonly string[]): number | undefined {
  const [, digits, unit = ''] = SIZE.exec(text) ?? [];
  return digits !== undefined && units.includes(unit.toLowerCase()) ? Number(digits) : undefined;
}

/** vCPUs of a `cpu` text such as `4 vCPU`, `4vcpu` or `4`; undefined for anything else. */
export const parseVcpu = (text: string): number | undefined => amount(text, ['', 'vcpu']);

/**
 * MB (2^20 bytes) of a `memory` text such as `16 GB`, `16gb` or `16`; undefined for anything else.
 * A GB is 2^30 bytes (behaviour 21).
 */
export function parseMemoryMb(text: string): number | undefined {
  const memoryGb = amount(text, ['', 'gb']);
  return memoryGb === undefined ? undefined : memoryGb * 1024;
}

/** GB of a `disk` text such as `20 GB`; the unit is needed. Undefined for anything else. */
export const parseDiskGb = (text: string): number | undefined => amount(text, ['gb']);

/** The `cpu` text of vCPUs, as AWS writes it: `4 vCPU`. */
export const formatVcpu = (vcpu: number): string => `${vcpu} vCPU`;

/** The `memory` text of MB, as AWS writes it: `16 GB`. */
export const formatMemory = (memoryMb: number): string => `${memoryMb / 1024} GB`;

/** The `disk` text of GB, as AWS writes it: `20 GB`. */
export const formatDisk = (diskGb: number): string => `${diskGb} GB`;
