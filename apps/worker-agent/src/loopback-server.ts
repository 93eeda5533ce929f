/** What workers ask of their agent, on loopback: the plug-in's calls and the run's credentials. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AgentMessage } from '@firesteel/contracts/agent-protocol';
import { driverCallBodies, withLeaving, withTargets } from './driver-calls.ts';
import type { Log } from './log.ts';
import { type CredentialsSource, containerCredentials } from './run-credentials.ts';
import { hasEnded, type Worker } from './worker.ts';
import { type BoundRun, type DriverCalls, writeDriverCalls } from './worker-folder.ts';

const mostBodyBytes = 1_048_576;

export type LoopbackPorts = {
  /** Whether the workers of an earlier agent have been adopted. */
  readonly isReady: () => boolean;
  readonly find: (workerId: string) => Worker | null;
  readonly credentials: CredentialsSource;
  readonly send: (message: AgentMessage) => boolean;
  readonly log: Log;
};

type Answer = { readonly status: number; readonly body: string };

const refusal = (status: number, message: string): Answer => ({
  status,
  body: JSON.stringify({ code: String(status), message }),
});
const accepted = (body: object = {}): Answer => ({ status: 200, body: JSON.stringify(body) });

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Compares in a time that says nothing of the token, not even its length. */
export const sameToken = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));

const credentialsAnswer = async (
  worker: Worker,
  run: BoundRun,
  ports: LoopbackPorts,
): Promise<Answer> => {
  try {
    return {
      status: 200,
      body: containerCredentials(await ports.credentials.of(worker.workerId, run)),
    };
  } catch (error) {
    ports.log.warn({ err: error, jobRunId: run.jobRunId }, 'no credentials for a run');
    return refusal(500, `No credentials for ${run.executionRoleArn}`);
  }
};

/** Notes what the driver said, so that it survives this agent, then passes it on. */
const note = (
  worker: Worker,
  calls: DriverCalls,
  message: AgentMessage,
  ports: LoopbackPorts,
): Answer => {
  if (calls !== worker.driverCalls) {
    writeDriverCalls(worker.folder, calls);
    worker.driverCalls = calls;
  }
  ports.send(message);
  return accepted();
};

type DriverCall = (worker: Worker, run: BoundRun, body: unknown, ports: LoopbackPorts) => Answer;

const leaving =
  (how: 'kill' | 'decommission'): DriverCall =>
  (worker, { jobRunId }, body, ports) => {
    const { executorIds } = driverCallBodies[how].parse(body);
    const { workerId } = worker;
    return note(
      worker,
      withLeaving(worker.driverCalls, how, executorIds),
      { type: 'executorsLeaving', workerId, jobRunId, executorIds, how },
      ports,
    );
  };

const driverCalls: { readonly [operation: string]: DriverCall | undefined } = {
  driver: (worker, { jobRunId }, body, ports) => {
    const { url } = driverCallBodies.driver.parse(body);
    const { workerId } = worker;
    return note(
      worker,
      { ...worker.driverCalls, driverUrl: url },
      { type: 'driverRegistered', workerId, jobRunId, driverUrl: url },
      ports,
    );
  },
  targets: (worker, { jobRunId }, body, ports) => {
    const targets = driverCallBodies.targets.parse(body);
    const { workerId } = worker;
    note(
      worker,
      withTargets(worker.driverCalls, targets),
      { type: 'targets', workerId, jobRunId, ...targets },
      ports,
    );
    const refusals = worker.refusals.splice(0).map((message) => ({ message }));
    return accepted(refusals.length === 0 ? {} : { refusals });
  },
  kill: leaving('kill'),
  decommission: leaving('decommission'),
  milestone: ({ workerId }, { jobRunId }, body, ports) => {
    const { name, epochMs } = driverCallBodies.milestone.parse(body);
    ports.send({ type: 'milestone', workerId, jobRunId, name, epochMs });
    return accepted();
  },
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return null;
  return JSON.parse(await text(request));
};

const callAnswer = async (
  call: DriverCall,
  worker: Worker,
  request: IncomingMessage,
  ports: LoopbackPorts,
): Promise<Answer> => {
  const { run } = worker.record;
  if (run === null || run.executorId !== null) return refusal(409, 'This worker drives no run');
  try {
    return call(worker, run, await bodyOf(request), ports);
  } catch (error) {
    ports.log.warn({ err: error, workerId: worker.workerId }, 'a driver call that cannot be read');
    return refusal(400, 'The body is not what this call takes');
  }
};

/** 410 tells a driver that it has been superseded: nothing of its worker is known, or its end is. */
const answerTo = async (request: IncomingMessage, ports: LoopbackPorts): Promise<Answer> => {
  // Before it has adopted its workers an agent knows nothing of them, and must not say that they are gone.
  if (!ports.isReady()) return refusal(503, 'The agent is starting');
  if (request.url === '/health') return accepted({ status: 'ready' });
  const [, workers, workerId, operation] = (request.url ?? '').split('/');
  if (workers !== 'workers' || workerId === undefined || operation === undefined) {
    return refusal(404, 'Nothing here');
  }
  const worker = ports.find(workerId);
  if (worker?.token == null || hasEnded(worker)) return refusal(410, 'No such worker any more');
  if (!sameToken(request.headers.authorization ?? '', worker.token)) {
    return refusal(401, 'Not the token of this worker');
  }
  const { run } = worker.record;
  if (request.method === 'GET' && operation === 'credentials') {
    return run === null
      ? refusal(404, 'This worker has no run yet')
      : await credentialsAnswer(worker, run, ports);
  }
  const call = request.method === 'PUT' ? driverCalls[operation] : undefined;
  return call === undefined
    ? refusal(404, 'Nothing here')
    : await callAnswer(call, worker, request, ports);
};

const respond = (response: ServerResponse, { status, body }: Answer): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};

/** A server that answers workers. Listening and closing are the caller's. */
export const loopbackServer = (ports: LoopbackPorts): Server =>
  createServer((request, response) => {
    answerTo(request, ports)
      .catch((error: unknown) => {
        ports.log.error({ err: error }, 'a worker could not be answered');
        return refusal(500, 'The agent failed');
      })
      .then((answer) => respond(response, answer))
      .catch(() => response.destroy());
  });
