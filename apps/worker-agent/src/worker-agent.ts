/** The worker-agent put together: the only file that knows all the others. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentCommand, AgentMessage } from '@firesteel/contracts/agent-protocol';
import { listen } from '@firesteel/service/run-service';
import { continueTrace, inSpan } from '@firesteel/telemetry/spans';
import { type CapacityLink, openCapacityLink } from './capacity-link.ts';
import type { WorkerAgentConfig } from './config.ts';
import { installationReader } from './installation.ts';
import type { Log } from './log.ts';
import { loopbackServer } from './loopback-server.ts';
import { uptimeMs } from './process-table.ts';
import { credentialsSource } from './run-credentials.ts';
import { openRoster, type WorkerRoster } from './worker-roster.ts';
import { meterWorkers } from './worker-usage.ts';

/** Also what a worker's meter may miss when it and its shim are killed at once. */
const patrolMs = 1_000;
const stopGraceMs = 5_000;
/** What the last exit facts need to reach capacity; what does not arrive is sent after the next start. */
const lastWordsMs = 50;

export type WorkerAgentPorts = {
  /** The value of the authorization header for calls to our own services; asked for at each call. */
  readonly serviceAuthorization: () => string;
  readonly log: Log;
};

export type WorkerAgent = {
  /** Ends every worker (SIGTERM, 5 s, SIGKILL), waits for their ends to be written down, then lets go. */
  readonly stop: () => Promise<void>;
  /** The loopback port, equal to the configured one unless that was 0. */
  readonly port: number;
};

/** The agent's name stays the same over restarts, since the workers it adopts are its own. */
const agentIdIn = (dataDir: string): string => {
  const file = join(dataDir, 'agent-id');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch {
    // It has one already.
  }
  return readFileSync(file, 'utf8');
};

/** The bind is where a run's trace arrives on the worker's machine. */
const markInTrace = ({ workerId, assignment }: Extract<AgentCommand, { type: 'bind' }>): void => {
  const { traceparent } = assignment;
  if (traceparent === null) return;
  const span = (): Promise<void> =>
    inSpan('agent bind', { 'firesteel.workerId': workerId }, async () => undefined);
  continueTrace(traceparent, span).catch(() => undefined);
};

const obey = (roster: WorkerRoster, command: AgentCommand): void => {
  switch (command.type) {
    case 'launch':
      roster.launch(command.workerId, command.spec);
      break;
    case 'bind':
      roster.bind(command.workerId, command.assignment);
      markInTrace(command);
      break;
    case 'stop':
      roster.stop(command.workerId, command.reason, command.graceMs);
      break;
    case 'acknowledge':
      roster.acknowledge(command.factIds);
      break;
    case 'refusals':
      roster.refuse(command.workerId, command.messages);
      break;
  }
};

const helloOf = (
  config: WorkerAgentConfig,
  agentId: string,
  roster: WorkerRoster,
): AgentMessage => ({
  type: 'hello',
  agentId,
  zone: config.zone,
  capacity: config.capacity,
  workers: roster.states(),
});

/** One worker's trouble (a full disk, a damaged file) must not end the agent, which holds all the others. */
const guarded = (log: Log, what: string, act: () => void): void => {
  try {
    act();
  } catch (error) {
    log.error({ err: error }, what);
  }
};

/**
 * Starts the agent: adopts the workers of an earlier one, serves them on loopback, connects to capacity.
 * Throws when the port is taken. Ending the process without `stop` leaves the workers running.
 */
export const startWorkerAgent = async (
  config: WorkerAgentConfig,
  { serviceAuthorization, log }: WorkerAgentPorts,
): Promise<WorkerAgent> => {
  const agentId = agentIdIn(config.dataDir);
  const credentials = credentialsSource(config.iamAuthorizerUrl, serviceAuthorization);
  let link: CapacityLink | null = null;
  let roster: WorkerRoster | null = null;
  const send = (message: AgentMessage): boolean => link?.send(message) ?? false;

  const server = loopbackServer({
    isReady: () => roster !== null,
    find: (id) => roster?.find(id) ?? null,
    credentials,
    send,
    log,
  });
  const port = await listen(server, { PORT: config.port, LISTEN_FD: config.listenFd });
  const adopted = openRoster({
    ...{ config, agentPort: port, credentials, send, log },
    installation: installationReader(config.installationFile),
  });
  roster = adopted;
  meterWorkers(adopted.all, uptimeMs);
  link = openCapacityLink({
    capacityUrl: config.capacityUrl,
    serviceAuthorization,
    log,
    onOpen: () => {
      send(helloOf(config, agentId, adopted));
      guarded(log, 'facts not repeated', adopted.repeatAll);
    },
    onCommand: (command) => guarded(log, `${command.type} failed`, () => obey(adopted, command)),
  });
  const timer = setInterval(() => guarded(log, 'patrol failed', adopted.patrol), patrolMs);
  return {
    port,
    stop: async () => {
      clearInterval(timer);
      await adopted.stopAll('agent stopped', stopGraceMs);
      await new Promise((resolve) => setTimeout(resolve, lastWordsMs));
      link?.close();
      adopted.release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
