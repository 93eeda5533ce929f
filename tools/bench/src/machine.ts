/** On what the figures were measured. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Installation } from './installation.ts';

/** The machine and the versions; `memoryMb` is all of its memory. */
export type Machine = {
  readonly cores: number;
  readonly processor: string;
  readonly memoryMb: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string;
  readonly spark: string;
};

/** Looks at this machine. */
export function describeMachine({ javaHome, sparkVersion, javaBin }: Installation): Machine {
  const javaVersion = execFileSync(javaBin, ['--version'], {
    env: { JAVA_HOME: javaHome },
    encoding: 'utf8',
  });
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryMb: Math.round(totalmem() / 1_048_576),
    kernel: release(),
    node: process.version,
    java: javaVersion.split('\n')[0] ?? 'unknown',
    spark: sparkVersion,
  };
}
