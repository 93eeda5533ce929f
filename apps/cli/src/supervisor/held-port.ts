/**
 * A service's port, kept open by the supervisor while the service is started again: who calls meanwhile is not refused,
 * but waits in the kernel's queue for the next one. As systemd's socket activation does it, with `LISTEN_FD` alone: the
 * process that gets the variable is not always the one that was spawned.
 */
import net from 'node:net';
import { pause } from './pause.ts';

/** The variable that names the file descriptor of the socket a service is to listen on. */
export const listenFdVariable = 'LISTEN_FD';

export type HeldPort = {
  /** Of the socket in this process, to be passed on. */
  readonly fd: number;
  /** From now on callers are refused, once nobody else listens on it. */
  readonly close: () => void;
};

type Handle = {
  readonly fd: number;
  readonly close: () => void;
  /** 0 when it is bound, else the error's number. */
  readonly getsockname: (address: object) => number;
};

/**
 * Node's own way to a socket that is bound and not listened on, with which its cluster module shares ports: what listens
 * accepts, and a supervisor must not take calls away from the service.
 */
const createHandle = (
  net as unknown as {
    readonly _createServerHandle: (host: string, port: number, family: 4) => Handle | number;
  }
)._createServerHandle;

/** Takes a port on loopback; undefined when somebody has it. Until a service listens on it callers are refused. */
export function holdPort(port: number): HeldPort | undefined {
  const handle = createHandle('127.0.0.1', port, 4);
  // Otherwise it is the error's number.
  if (typeof handle === 'number') return undefined;
  // That somebody has the port is told as late as at the listening, which is not ours to do.
  if (handle.getsockname({}) === 0) return { fd: handle.fd, close: () => handle.close() };
  handle.close();
  return undefined;
}

/** How long threads of a process that is dead to look at may still keep its port. */
const dyingMs = 500;

/**
 * Takes the port that one which was taken over held itself; undefined when somebody keeps it: then the service says so,
 * or has it by the time that it listens.
 */
export async function portOfTheDead(port: number): Promise<HeldPort | undefined> {
  const untilMs = performance.now() + dyingMs;
  for (;;) {
    const held = holdPort(port);
    if (held !== undefined || performance.now() > untilMs) return held;
    await pause(20);
  }
}
