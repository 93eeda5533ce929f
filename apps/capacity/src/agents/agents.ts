/** The agents that are connected: one WebSocket a zone, opened by the agent with its service token. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type AgentCommand,
  type AgentMessage,
  agentMessage,
} from '@firesteel/contracts/agent-protocol';
import { Refused } from '@firesteel/decider/refused';
import { verifyServiceToken } from '@firesteel/http/service-token';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Zone } from '../fleet/room.ts';
import type { SeenZone } from '../fleet/zones.ts';

/** A connected agent that has said who it is. */
export type Agent = {
  readonly agentId: string;
  readonly zone: Zone;
  readonly send: (commands: readonly AgentCommand[]) => void;
};

export type AgentsOptions = {
  readonly serviceKey: Buffer;
  /** Called for each message in the order of arrival on its connection; the next waits for it. */
  readonly received: (agent: Agent, message: AgentMessage) => Promise<void>;
  readonly disconnected: () => void;
  readonly now: () => Date;
  /** A clock that nobody sets. */
  readonly monotonicMs: () => number;
  readonly failed: (error: unknown) => void;
  /** A silent connection is given up after this; the workers behind it live on. Left out: five seconds. */
  readonly livenessMs?: number;
};

/** How soon an agent is to say everything again after something it said could not be taken. */
const sayAgainMs = 500;

/** Said again it would fare no better; anything else, such as a database that is away, passes. */
const isItsOwnFault = (error: unknown): boolean =>
  error instanceof Refused || error instanceof z.ZodError || error instanceof SyntaxError;

/** A moment, by the clock on the wall and by the one that nobody sets. */
type Moment = { readonly at: string; readonly ms: number };
type Heard = Zone & { readonly last: Moment; readonly proof: Moment | null };

export type Agents = {
  readonly attach: (server: Server) => void;
  /** Agents that have said hello; the newest connection of a zone speaks for it. */
  readonly connected: () => readonly Agent[];
  /** Every zone whose agent was heard since this process began, whether or not it is there now. */
  readonly seen: () => readonly SeenZone[];
  readonly stop: () => void;
};

/** Sets up the WebSocket side of capacity. */
export function createAgents(options: AgentsOptions): Agents {
  const { livenessMs = 5_000 } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });
  const byZone = new Map<string, Agent>();
  const heard = new Map<string, Heard>();
  const moment = (): Moment => ({
    at: options.now().toISOString(),
    ms: options.monotonicMs(),
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const service = verifyServiceToken(options.serviceKey, request.headers.authorization);
    if (service !== 'worker-agent' || request.url !== '/agents') {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => converse(webSocket));
  };

  const converse = (webSocket: WebSocket): void => {
    let agent: Agent | undefined;
    let queue = Promise.resolve();
    let alive = true;
    /** What it said and was not taken, whether it waits or failed. */
    let untaken = 0;
    const hear = (proves: boolean): void => {
      alive = true;
      if (!agent) return;
      const { zone } = agent;
      const last = moment();
      const proof = proves ? last : (heard.get(zone.zone)?.proof ?? null);
      heard.set(zone.zone, { ...zone, last, proof });
    };
    const heartbeat = setInterval(() => {
      if (!alive) webSocket.terminate();
      alive = false;
      webSocket.ping();
    }, livenessMs);
    const take = async (text: string): Promise<void> => {
      const message = agentMessage.parse(JSON.parse(text));
      if (message.type === 'hello') {
        const { agentId, zone, capacity } = message;
        const send = (commands: readonly AgentCommand[]): void => {
          for (const command of commands) webSocket.send(JSON.stringify(command));
        };
        agent = { agentId, zone: { zone, ...capacity }, send };
        byZone.set(zone, agent);
        hear(false);
      }
      if (agent) await options.received(agent, message);
    };
    // It comes after all that was said before it.
    webSocket.on('pong', () => hear(untaken === 0));
    /** A driver says once where it is and what it wants; its agent repeats that on a new connection only. */
    const notTaken = (error: unknown): void => {
      options.failed(error);
      if (!isItsOwnFault(error)) setTimeout(() => webSocket.terminate(), sayAgainMs).unref();
    };
    webSocket.on('message', (data) => {
      hear(false);
      untaken += 1;
      queue = queue
        .then(() => take(String(data)))
        .then(() => {
          untaken -= 1;
        })
        .catch(notTaken);
    });
    webSocket.on('error', options.failed);
    webSocket.on('close', () => {
      clearInterval(heartbeat);
      if (agent && byZone.get(agent.zone.zone) === agent) {
        byZone.delete(agent.zone.zone);
        options.disconnected();
      }
    });
  };

  return {
    attach: (server) => server.on('upgrade', upgrade),
    connected: () => [...byZone.values()],
    seen: () =>
      [...heard.values()].map(({ last, proof, ...zone }) => ({
        ...zone,
        connected: byZone.has(zone.zone),
        lastSeenAt: last.at,
        silentMs: options.monotonicMs() - last.ms,
        proof: proof && { at: proof.at, agoMs: options.monotonicMs() - proof.ms },
      })),
    stop: () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}
