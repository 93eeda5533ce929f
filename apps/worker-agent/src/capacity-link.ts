/** The one WebSocket to capacity: opened by us, opened again for ever, and never a reason to end a worker. */
import {
  type AgentCommand,
  type AgentMessage,
  agentCommand,
} from '@firesteel/contracts/agent-protocol';
import { WebSocket } from 'ws';
import type { Log } from './log.ts';

const firstPauseMs = 100;
const longestPauseMs = 2_000;
const pingMs = 5_000;
/** Without a sign of life for this long a connection is given up and another one opened. */
const silenceMs = 15_000;

export type CapacityLink = {
  /** False when there is no connection; whoever must be heard says it again. */
  readonly send: (message: AgentMessage) => boolean;
  readonly close: () => void;
};

export type CapacityLinkPorts = {
  readonly capacityUrl: string;
  readonly serviceAuthorization: () => string;
  /** Called first on every connection. */
  readonly onOpen: () => void;
  readonly onCommand: (command: AgentCommand) => void;
  readonly log: Log;
};

/** `http://host:port` or `ws://host:port` → `ws://host:port/agents`. */
export const agentsUrl = (capacityUrl: string): string => {
  const url = new URL('/agents', capacityUrl);
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.href;
};

/** Null for what is no command of this protocol's version. */
const parseCommand = (text: string, log: Log): AgentCommand | null => {
  try {
    return agentCommand.parse(JSON.parse(text));
  } catch (error) {
    log.error({ err: error }, 'capacity sent something that is no command');
    return null;
  }
};

/**
 * Whether the other side has been silent for too long, of an agent that was awake to hear it. One that
 * was stopped or starved has yet to read what came meanwhile, an order to end a worker perhaps.
 */
export const isSilent = (nowMs: number, heardAtMs: number, awakeAtMs: number): boolean =>
  nowMs - heardAtMs > silenceMs && nowMs - awakeAtMs < 2 * pingMs;

/** Pings until the socket closes, and ends it when nothing has come back for too long. */
const watchLiveness = (socket: WebSocket): void => {
  let heardAtMs = performance.now();
  let awakeAtMs = heardAtMs;
  const heard = (): void => {
    heardAtMs = performance.now();
  };
  socket.on('pong', heard).on('message', heard);
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (isSilent(nowMs, heardAtMs, awakeAtMs)) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.ping();
    awakeAtMs = nowMs;
  }, pingMs);
  socket.on('close', () => clearInterval(timer));
};

/** Opens the link and keeps it open until `close`. */
export const openCapacityLink = (ports: CapacityLinkPorts): CapacityLink => {
  let socket: WebSocket | null = null;
  let pauseMs = firstPauseMs;
  let closed = false;
  let retry: NodeJS.Timeout | null = null;

  const opened = (): void => {
    pauseMs = firstPauseMs;
    ports.log.info({}, 'connected to capacity');
    ports.onOpen();
  };
  const received = (data: unknown): void => {
    const command = parseCommand(String(data), ports.log);
    if (command !== null) ports.onCommand(command);
  };
  const again = (): void => {
    if (closed) return;
    retry = setTimeout(connect, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
  const connect = (): void => {
    const next = new WebSocket(agentsUrl(ports.capacityUrl), {
      headers: { authorization: ports.serviceAuthorization() },
      handshakeTimeout: silenceMs,
      perMessageDeflate: false,
    });
    socket = next;
    watchLiveness(next);
    next
      .on('open', opened)
      .on('message', received)
      .on('close', again)
      .on('error', (error) => ports.log.warn({ err: error.message }, 'no connection to capacity'));
  };

  connect();
  return {
    send: (message) => {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close: () => {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      socket?.terminate();
    },
  };
};
