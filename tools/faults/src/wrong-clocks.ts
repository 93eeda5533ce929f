/** Services of a running installation whose wall clock is wrong. */
import type { ChildProcess } from 'node:child_process';
import { startBeside } from './beside.ts';
import { eventually, type Stack } from './stack.ts';

export type Wrong = { readonly offsetMs: number; readonly driftMsPerSecond?: number };

const isHealthy = (port: number): Promise<true | undefined> =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok || undefined,
    () => undefined,
  );

/**
 * Kills a service and puts one with a wrong clock in its place, on its port, where its supervisor's own cannot start
 * meanwhile. @returns the end of it, after which the supervisor's has its place again
 */
export async function setClock(
  stack: Stack,
  name: string,
  { offsetMs, driftMsPerSecond = 0 }: Wrong,
): Promise<() => Promise<void>> {
  const shim = new URL('./shifted-clock.ts', import.meta.url);
  shim.search = `?offset=${offsetMs}&drift=${driftMsPerSecond}`;
  const now = await stack.status();
  const pid = now?.processes.find((process) => process.name === name)?.pid;
  if (!pid || !now) throw new Error(`${name} has no process at the moment`);
  const start = startBeside(pid, {}, ['--import', shim.href]);
  // Else the supervisor's own could be first at the port.
  process.kill(now.supervisor.pid, 'SIGSTOP');
  process.kill(pid, 'SIGKILL');
  const service: ChildProcess = start();
  try {
    await eventually(`${name} with a wrong clock`, () => isHealthy(stack.portOf(name)), 60_000);
  } finally {
    process.kill(now.supervisor.pid, 'SIGCONT');
  }
  if (service.exitCode !== null) throw new Error(`${name} with a wrong clock did not stay`);
  return async () => {
    const gone = new Promise((resolve) => service.once('exit', resolve));
    service.kill('SIGKILL');
    await gone;
  };
}
