/** How the command line asks the supervisor: `GET /status` on a unix socket in the run directory. */
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createSocket, type Server as SocketServer } from 'node:net';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { InstallationStatus } from './installation-status.ts';

const statusSchema: z.ZodType<InstallationStatus> = z.object({
  stage: z.enum(['infrastructure', 'database', 'services', 'ready', 'stopping']),
  endpoint: z.string(),
  supervisor: z.object({ pid: z.number(), startedAtMs: z.number() }),
  processes: z.array(
    z.object({
      name: z.string(),
      state: z.enum([
        'waiting',
        'starting',
        'ready',
        'unready',
        'restarting',
        'stopping',
        'stopped',
      ]),
      pid: z.number().nullable(),
      port: z.number().nullable(),
      startedAtMs: z.number().nullable(),
      restarts: z.number(),
      lastExit: z.string().nullable(),
      memoryBytes: z.number(),
      adopted: z.boolean(),
      everReady: z.boolean(),
    }),
  ),
});

/**
 * A socket's path may have 107 characters and a checkout's may have more: the directory is named by a descriptor.
 * @returns the short path and what frees the descriptor
 */
function shortened(path: string): { path: string; free: () => void } {
  const dir = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${dir}/${basename(path)}`, free: () => closeSync(dir) };
}

/**
 * Holds the name that only one supervisor can hold; the kernel frees it when we die, however we die.
 * @returns undefined when another one holds it
 */
export const holdLock = (lockName: string): Promise<SocketServer | undefined> =>
  new Promise((resolve, reject) => {
    const lock = createSocket((socket) => socket.destroy());
    lock.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    lock.listen(lockName, () => resolve(lock.unref()));
  });

/** Answers questions; call it with the lock in hand, since a socket file left by a dead supervisor is replaced. */
export const serveStatus = (path: string, status: () => InstallationStatus): Promise<Server> =>
  new Promise((resolve, reject) => {
    rmSync(path, { force: true });
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(status()));
    });
    const short = shortened(path);
    server.once('error', reject);
    server.once('close', short.free);
    server.listen(short.path, () => resolve(server.unref()));
  });

/** The supervisor's status, or undefined when none answers. */
export const askStatus = (path: string): Promise<InstallationStatus | undefined> =>
  new Promise((resolve) => {
    let short: ReturnType<typeof shortened>;
    try {
      short = shortened(path);
    } catch {
      return resolve(undefined);
    }
    const finish = (status: InstallationStatus | undefined): void => {
      asking.destroy();
      short.free();
      resolve(status);
    };
    const asking = request({ socketPath: short.path, path: '/status', timeout: 5_000 });
    asking.once('timeout', () => asking.destroy(new Error('no answer')));
    asking.once('error', () => finish(undefined));
    asking.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => finish(parseStatus(text)));
    });
    asking.end();
  });

function parseStatus(text: string): InstallationStatus | undefined {
  try {
    return statusSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
