/** A planned process that runs for as long as some work takes, and no longer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { pause } from '../supervisor/pause.ts';
import type { ProcessPlan } from '../supervisor/process-plan.ts';

const patienceMs = 120_000;

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/**
 * Starts a process, works, and ends it.
 * @throws Error with the process' own last words when it does not become ready
 */
export async function whileRunning<Result>(
  plan: ProcessPlan,
  work: () => Promise<Result>,
): Promise<Result> {
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: { ...plan.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'close');
  try {
    const untilMs = performance.now() + patienceMs;
    while (!(await plan.isReady(child.pid ?? 0))) {
      if (child.exitCode !== null || performance.now() > untilMs) {
        child.kill(plan.stopSignal);
        const said = (await words).join('\n').trim().split('\n').slice(-5).join('\n');
        throw new Error(`${plan.name} does not start: ${said}`);
      }
      await pause(100);
    }
    return await work();
  } finally {
    child.kill(plan.stopSignal);
    await ended;
  }
}
