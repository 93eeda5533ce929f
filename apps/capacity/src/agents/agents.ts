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
};

/** A silent connection is given up after this; the workers behind it live on. */
const livenessMs = 5_000;
/** How soon an agent is to say everything again after something it said could not be taken. */
const sayAgainMs = 500;

/** Said again it would fare no better; anything else, such as a database that is away, passes. */
const isItsOwnFault = (error: unknown): boolean =>
  error instanceof Refused || error instanceof z.ZodError || error instanceof SyntaxError;

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
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4 * 1024 * 1024 });
  const byZone = new Map<string, Agent>();
  const heard = new Map<string, Zone & { readonly lastSeenAt: string; readonly heardMs: number }>();

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
    const hear = (): void => {
      alive = true;
      if (agent)
        heard.set(agent.zone.zone, {
          ...agent.zone,
          lastSeenAt: options.now().toISOString(),
          heardMs: options.monotonicMs(),
        });
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
        hear();
      }
      if (agent) await options.received(agent, message);
    };
    webSocket.on('pong', hear);
    /** A driver says once where it is and what it wants; its agent repeats that on a new connection only. */
    const notTaken = (error: unknown): void => {
      options.failed(error);
      if (!isItsOwnFault(error)) setTimeout(() => webSocket.terminate(), sayAgainMs).unref();
    };
    webSocket.on('message', (data) => {
      hear();
      queue = queue.then(() => take(String(data))).catch(notTaken);
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
      [...heard.values()].map(({ heardMs, ...zone }) => ({
        ...zone,
        connected: byZone.has(zone.zone),
        silentMs: options.monotonicMs() - heardMs,
      })),
    stop: () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}
