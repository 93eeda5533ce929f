import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import { Refused } from '@firesteel/decider/refused';
import { serviceToken } from '@firesteel/http/service-token';
import { WebSocket } from 'ws';
import { type Agents, createAgents } from './agents.ts';

const serviceKey = Buffer.from('key');
const hello: AgentMessage = {
  ...{ type: 'hello', agentId: 'agent', zone: 'zone-a', workers: [] },
  capacity: { vcpu: 1, memoryMb: 1_024 },
};
let server: Server;
let agents: Agents;
let received: () => Promise<void>;

beforeEach(async () => {
  agents = createAgents({
    ...{ serviceKey, now: () => new Date(), monotonicMs: () => performance.now() },
    received: () => received(),
    disconnected: () => undefined,
    failed: () => undefined,
    livenessMs: 1_000,
  });
  server = createServer();
  agents.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  agents.stop();
  server.close();
});

/** An agent that says hello; what becomes of its connection is told as `pong` (it holds) or `close`. */
async function fateOf(connection: Promise<WebSocket>): Promise<string> {
  const socket = await connection;
  return new Promise((resolve) => {
    for (const event of ['close', 'pong'] as const) socket.once(event, () => resolve(event));
  });
}

async function sayHello(): Promise<WebSocket> {
  const { port } = server.address() as AddressInfo;
  const authorization = serviceToken(serviceKey, 'worker-agent');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/agents`, { headers: { authorization } });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify(hello));
  return socket;
}

const proofOf = () => agents.seen()[0]?.proof ?? null;

it('takes a sign of life for a proof only when all that was said before it was taken', async () => {
  const taken = Promise.withResolvers<void>();
  received = () => taken.promise;
  const socket = await sayHello();
  /** Two pings: whoever gets the second one has answered the first. */
  const answered = async (): Promise<void> => {
    for (const _ of [1, 2]) await new Promise((resolve) => socket.once('ping', resolve));
  };
  await answered();
  expect(agents.seen()).toMatchObject([{ zone: 'zone-a', connected: true, proof: null }]);
  taken.resolve();
  await answered();
  expect(proofOf()).not.toBeNull();
  received = () => Promise.reject(new Refused('Invalid', 'no'));
  socket.send(JSON.stringify(hello));
  await answered();
  const { agoMs } = proofOf() ?? { agoMs: 0 };
  await answered();
  expect(proofOf()?.agoMs).toBeGreaterThan(agoMs);
  socket.close();
});

it('ends the connection when a message could not be taken, so that the agent says all again', async () => {
  received = () => Promise.reject(new Error('the database is away'));
  expect(await fateOf(sayHello())).toBe('close');
});

it.each([
  ['taken', () => Promise.resolve()],
  ['refused', () => Promise.reject(new Refused('Invalid', 'no'))],
])('keeps it when it was %s', async (_name, outcome) => {
  const taken = new Promise<void>((resolve) => {
    received = () => outcome().finally(resolve);
  });
  const socket = await sayHello();
  await taken;
  socket.ping();
  expect(await fateOf(Promise.resolve(socket))).toBe('pong');
});
