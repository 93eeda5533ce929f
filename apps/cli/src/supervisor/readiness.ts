/** Is a process ready for work, and does it answer at all? */
import { connect } from 'node:net';

/** How long the question whether a process is ready waits for its answer. */
export const readyWithinMs = 2_000;

/** The status of `GET /health` on loopback; undefined when there is no answer within the time. */
async function healthStatus(port: number, withinMs: number): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(withinMs),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return undefined;
  }
}

/** True when `GET /health` on loopback answers 200. */
export const isHealthy = async (port: number): Promise<boolean> =>
  (await healthStatus(port, readyWithinMs)) === 200;

/** True when `GET /health` on loopback answers, whatever it says: a gateway says 503 for what others lack. */
export const answersHealth = async (port: number, withinMs: number): Promise<boolean> =>
  (await healthStatus(port, withinMs)) !== undefined;

/**
 * True when a question in bytes brings some back on loopback. That a connection is accepted says nothing: the kernel
 * accepts for a process that is stopped.
 */
export const answersBytes = (
  port: number,
  question: Buffer,
  withinMs: number = readyWithinMs,
): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(question));
    const end = (answered: boolean) => (): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answered);
    };
    const limit = setTimeout(end(false), withinMs);
    socket.once('data', end(true)).once('error', end(false)).once('close', end(false));
  });
