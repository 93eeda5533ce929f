/** A capacity for tests: hears agents on a WebSocket of its own and says what a test wants. */
import { createServer } from 'node:http';
import {
  type AgentCommand,
  type AgentMessage,
  agentMessage,
  type WorkerFact,
} from '@firesteel/contracts/agent-protocol';
import { type WebSocket, WebSocketServer } from 'ws';

type Fact = Extract<AgentMessage, { type: 'fact' }>;

export type FakeCapacity = {
  readonly url: string;
  readonly messages: AgentMessage[];
  readonly authorizations: (string | undefined)[];
  acknowledges: boolean;
  readonly say: (command: AgentCommand) => void;
  readonly dropConnections: () => void;
  readonly facts: (workerId: string, kind?: WorkerFact['kind']) => Fact[];
  /** The first message that fits, heard already or within ten seconds. */
  readonly hear: <T extends AgentMessage>(
    what: string,
    fits: (message: AgentMessage) => T | null,
    fromIndex?: number,
  ) => Promise<T>;
  readonly hearFact: (
    workerId: string,
    kind: WorkerFact['kind'],
    fromIndex?: number,
  ) => Promise<Fact>;
  readonly close: () => Promise<void>;
};

const patienceMs = 60_000;
const pollMs = 2;

export const startFakeCapacity = async (): Promise<FakeCapacity> => {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/agents' });
  const messages: AgentMessage[] = [];
  const authorizations: (string | undefined)[] = [];
  let current: WebSocket | null = null;

  const hear: FakeCapacity['hear'] = async (what, fits, fromIndex = 0) => {
    const until = Date.now() + patienceMs;
    for (;;) {
      for (const message of messages.slice(fromIndex)) {
        const found = fits(message);
        if (found !== null) return found;
      }
      if (Date.now() > until) throw new Error(`Never heard: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };

  const capacity: FakeCapacity = {
    url: '',
    messages,
    authorizations,
    acknowledges: true,
    say: (command) => current?.send(JSON.stringify(command)),
    dropConnections: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    facts: (workerId, kind) =>
      messages.filter(
        (message): message is Fact =>
          message.type === 'fact' &&
          message.workerId === workerId &&
          (kind === undefined || message.fact.kind === kind),
      ),
    hear,
    hearFact: (workerId, kind, fromIndex) =>
      hear(
        `${kind} of ${workerId}`,
        (message) =>
          message.type === 'fact' && message.workerId === workerId && message.fact.kind === kind
            ? message
            : null,
        fromIndex,
      ),
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  sockets.on('connection', (socket, request) => {
    current = socket;
    authorizations.push(request.headers.authorization);
    socket.on('message', (data) => {
      const message = agentMessage.parse(JSON.parse(String(data)));
      messages.push(message);
      if (message.type === 'fact' && capacity.acknowledges) {
        socket.send(JSON.stringify({ type: 'acknowledge', factIds: [message.factId] }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return Object.assign(capacity, { url: `http://127.0.0.1:${address.port}` });
};
