/** Looks at this machine; starts a few programs to ask for their version, and changes nothing. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import { runCommand } from '../setup/command.ts';
import { setUpConfig } from '../setup/config.ts';
import { javaCandidates, probeJava } from '../setup/java.ts';
import { readLock } from '../setup/lock.ts';
import { findProgram } from '../setup/python.ts';
import type { Layout } from '../state/layout.ts';
import { defaultGatewayPort, probePort, readPorts } from '../state/ports.ts';
import { askStatus } from '../supervisor/control.ts';
import { workerScaleFor } from '../supervisor/worker-scale.ts';

/** A program and what it says its version is; null: there is none. */
type Program = { readonly path: string; readonly version: string } | null;

/** What a diagnosis is made from. Sizes are bytes. */
export type Machine = {
  readonly platform: string;
  readonly java: Program;
  readonly wantedJava: number;
  readonly python: (NonNullable<Program> & { readonly hasPip: boolean }) | null;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly workerScale: number;
  readonly zones: number;
  readonly cgroup: 'v2' | 'v1' | 'none';
  readonly bubblewrap: Program;
  readonly criu: Program;
  readonly disks: readonly { readonly folder: string; readonly freeBytes: number }[];
  readonly port: { readonly number: number; readonly holder: 'nobody' | 'firesteel' | 'another' };
};

const versionIn = (text: string): string => /\d+(\.\d+)+/.exec(text)?.[0] ?? 'unknown version';

async function findVersion(name: string, folders: readonly string[]): Promise<Program> {
  const path = findProgram(name, folders);
  if (path === undefined) return null;
  const said = await runCommand(path, ['--version']).catch(() => undefined);
  return said === undefined ? null : { path, version: versionIn(`${said.stdout}${said.stderr}`) };
}

async function findJava(
  searchPath: readonly string[],
  javaHome: string | undefined,
  major: number,
): Promise<Program> {
  const found: NonNullable<Program>[] = [];
  for (const path of javaCandidates({ javaHome, searchPath, ignoreSystemJava: false, major })) {
    const probed = await probeJava(path);
    const program = probed && { path, version: versionIn(probed.build) };
    if (program && probed.major === major) return program;
    if (program) found.push(program);
  }
  return found[0] ?? null;
}

async function findPythonAndPip(searchPath: readonly string[]): Promise<Machine['python']> {
  const python = await findVersion('python3', searchPath);
  if (python === null) return null;
  const pip = await runCommand(python.path, ['-m', 'pip', '--version']);
  return { ...python, hasPip: pip.status === 0 };
}

const cgroupOf = (root: string): Machine['cgroup'] => {
  if (existsSync(`${root}/cgroup.controllers`)) return 'v2';
  return existsSync(`${root}/memory`) ? 'v1' : 'none';
};

const freeMemory = (): number => {
  const line = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
};

/** Of the folder itself, or of the one it will be made in. */
function freeDisk(folder: string): number {
  if (!existsSync(folder)) return freeDisk(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

async function findPort(config: Config, layout: Layout): Promise<Machine['port']> {
  const number = config.gatewayPort ?? readPorts(layout.portsFile)['gateway'] ?? defaultGatewayPort;
  if ((await askStatus(layout.controlSocket)) !== undefined) return { number, holder: 'firesteel' };
  return { number, holder: (await probePort('gateway', number)) ? 'nobody' : 'another' };
}

/** Everything that a diagnosis wants to know. */
export async function lookAtMachine(
  config: Config,
  layout: Layout,
  repoDir: string,
): Promise<Machine> {
  const { searchPath, javaHome } = setUpConfig({ ...config.full });
  const { java } = await readLock(repoDir);
  const zones = config.zones.length;
  return {
    platform: `${process.platform} ${process.arch}`,
    java: await findJava(searchPath, javaHome, java.major),
    wantedJava: java.major,
    python: await findPythonAndPip(searchPath),
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freeMemory(),
    workerScale: config.workerScale ?? workerScaleFor(totalmem(), zones),
    zones,
    cgroup: cgroupOf('/sys/fs/cgroup'),
    bubblewrap: await findVersion('bwrap', searchPath),
    // Debian keeps it where only root's PATH looks.
    criu: await findVersion('criu', [...searchPath, '/usr/sbin', '/sbin']),
    disks: [layout.homeDir, config.cacheDir].map((folder) => ({
      folder,
      freeBytes: freeDisk(folder),
    })),
    port: await findPort(config, layout),
  };
}
