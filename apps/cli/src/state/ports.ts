/** Which port belongs to whom: chosen free at the first start, then kept, so that restarts change no address. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { z } from 'zod';
import { readIfThere, writePrivately } from './private-file.ts';

export const defaultGatewayPort = 4580;
/** Below Linux' ephemeral ports (32768…), which outgoing connections take at random. */
const firstPort = 21_000;
const lastPort = 31_999;

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65535));

/** Process name → port. `ledger-wake` is UDP, all others TCP. */
export type Ports = Readonly<Record<string, number>>;

/** Asks the machine whether a port can be had on loopback now. */
export type PortProbe = (name: string, port: number) => Promise<boolean>;

const isTcpFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });

const isUdpFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () =>
      socket.close(() => resolve(true)),
    );
  });

/** Binds the port for a moment. */
export const probePort: PortProbe = (name, port) =>
  name === udpName ? isUdpFree(port) : isTcpFree(port);
const udpName = 'ledger-wake';

/** What to decide ports from. */
export type PortWishes = {
  /** All processes that need a port, without the gateway. */
  readonly names: readonly string[];
  /** The user's own FIRESTEEL_PORT. */
  readonly gatewayPort: number | undefined;
  readonly kept: Ports;
  /** Processes that run already: their ports are rightly in use and must stay. */
  readonly running: ReadonlySet<string>;
  /** 0 ≤ x < 1; where to start looking. */
  readonly random: number;
};

async function nextFree(start: number, taken: ReadonlySet<number>, free: PortProbe, name: string) {
  const span = lastPort - firstPort + 1;
  for (let step = 0; step < span; step += 1) {
    const port = firstPort + ((start - firstPort + step) % span);
    if (!taken.has(port) && (await free(name, port))) return port;
  }
  throw new Error('No port is free on this machine: end some programs and run the command again.');
}

async function gatewayPort(wishes: PortWishes, free: PortProbe): Promise<number> {
  const kept = wishes.kept['gateway'];
  const wanted = wishes.gatewayPort ?? kept ?? defaultGatewayPort;
  if (wanted === kept && wishes.running.has('gateway')) return wanted;
  if (await free('gateway', wanted)) return wanted;
  if (wishes.gatewayPort === undefined && kept === undefined) {
    // A second checkout beside a running first one: the next free port, remembered and printed.
    for (let port = wanted + 1; port < wanted + 100; port += 1) {
      if (await free('gateway', port)) return port;
    }
  }
  throw new Error(
    `Port ${wanted} is taken by another program: end it, or choose another with FIRESTEEL_PORT=<port>.`,
  );
}

/**
 * Gives every process its port: the kept one unless a stranger holds it, else a free one.
 * @throws Error with one sentence when the gateway's port is taken or none is free
 */
export async function assignPorts(wishes: PortWishes, free: PortProbe): Promise<Ports> {
  const ports: Record<string, number> = { ...wishes.kept };
  ports['gateway'] = await gatewayPort(wishes, free);
  let next = firstPort + Math.floor(wishes.random * (lastPort - firstPort));
  for (const name of wishes.names) {
    const kept = wishes.kept[name];
    if (kept !== undefined && (wishes.running.has(name) || (await free(name, kept)))) continue;
    const others = new Set(Object.values(ports));
    ports[name] = await nextFree(next, others, free, name);
    next = ports[name] + 1;
  }
  return ports;
}

/** @throws Error with one sentence when the file is damaged */
export function readPorts(file: string): Ports {
  const text = readIfThere(file);
  if (text === undefined) return {};
  try {
    return portsSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is damaged: remove it and new ports are chosen.`);
  }
}

/** Stores the ports for later starts. */
export const writePorts = (file: string, ports: Ports): void =>
  writePrivately(file, `${JSON.stringify(ports, null, 2)}\n`);
