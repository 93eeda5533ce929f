import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Answer } from './answer.ts';
import type { BucketPolicies } from './bucket-policies.ts';
import { type Buckets, type Incident, openBuckets } from './buckets.ts';
import { lockDirectory } from './directory-lock.ts';
import { makeDirectory } from './durable-files.ts';
import type { MayDelete, OpenPayload, OperationContext } from './operation.ts';
import { routeRequest } from './routing.ts';
import { errorDocument, toS3Failure } from './s3-errors.ts';
import { headerOf, parseRequest } from './s3-request.ts';
import { inTurnByName } from './turns.ts';

/** What a store is made from. */
export type ObjectStoreOptions = {
  /** The directory that holds everything; made when it is not there. One process at a time may have it. */
  readonly dataDir: string;
  readonly now: () => Date;
  /** The decoded and verified body of a request, for instance `openSealedPayload`. */
  readonly openPayload: OpenPayload;
  /** The region whose endpoint this store is. */
  readonly region: string;
  /** Judges the keys of DeleteObjects one by one, for instance `judgeDeletions`. */
  readonly mayDelete: MayDelete;
  /** Who keeps the policies of buckets, for instance `policiesAtAuthorizer`. */
  readonly policies: BucketPolicies;
  /** The platform's own: there from the start, they belong to no account and are listed to none. */
  readonly platformBuckets?: readonly string[];
  /** Hears of what was found at start: orphans removed, content missing. */
  readonly report?: (incident: Incident) => void;
  /** Hears of unexpected failures, which are answered with 500, 503 or a broken connection. */
  readonly reportFailure?: (error: unknown, requestId: string) => void;
};

/** A running store. */
export type ObjectStore = {
  /** Answers one request. The caller has been authenticated and authorised before. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends: waits for writes under way, closes the files, gives the directory free. */
  readonly close: () => Promise<void>;
};

/** How much of a body that nobody wants is read, so that its sender gets to see the answer. */
const maxDrainBytes = 64 * 1024 * 1024;

const clientGone = (): Error =>
  Object.assign(new Error('The client went away.'), { code: 'ECONNRESET' });

/** A body ends with an error when its connection does; `pipe` by itself would leave it hanging. */
const tieToConnection = (incoming: IncomingMessage, body: Readable): Readable => {
  const end = (): void => {
    if (!incoming.complete) body.destroy(clientGone());
  };
  if (body !== incoming) {
    // The body may fail before anybody reads it; its reader is told of that when it comes.
    body.on('error', () => undefined);
    incoming.once('close', end);
    body.once('close', () => incoming.off('close', end));
  }
  return body;
};

/** Reads away what is left of a body, up to a limit, and then lets go of the connection. */
const drain = (incoming: IncomingMessage): void => {
  if (incoming.complete || incoming.destroyed) return;
  let drained = 0;
  incoming.unpipe();
  incoming.on('data', (bytes: Buffer) => {
    drained += bytes.length;
    if (drained > maxDrainBytes) incoming.destroy();
  });
  incoming.resume();
};

const writeHead = (response: ServerResponse, answer: Answer, requestId: string): void => {
  response.statusCode = answer.status;
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amz-id-2', requestId);
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
};

const sendBody = async (
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> => {
  if (answer.body !== undefined) {
    response.setHeader('content-length', Buffer.byteLength(answer.body));
    response.end(incoming.method === 'HEAD' ? undefined : answer.body);
    return;
  }
  // Only an answer that may have a body gets a length, and HeadObject has stated the object's.
  if (!response.hasHeader('content-length') && answer.status === 200) {
    response.setHeader('content-length', 0);
  }
  if (answer.stream !== undefined) await answer.stream(response);
  response.end();
};

const send = async (
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  requestId: string,
): Promise<void> => {
  try {
    writeHead(response, answer, requestId);
    await sendBody(incoming, response, answer);
    drain(incoming);
  } finally {
    answer.release?.();
  }
};

const errorAnswer = (incoming: IncomingMessage, error: unknown, requestId: string): Answer => {
  const failure = toS3Failure(error);
  const path = incoming.url?.split('?')[0] ?? '/';
  const { status, denial } = failure.s3;
  const denied = denial === undefined ? {} : { 'x-firesteel-denied': encodeURIComponent(denial) };
  if (incoming.method === 'HEAD') return { status, headers: denied };
  return {
    status,
    headers: { 'content-type': 'application/xml', ...denied },
    body: errorDocument(failure, path, requestId),
  };
};

type Serve = (
  incoming: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => Promise<void>;

const createServe =
  (
    context: OperationContext,
    reportFailure: NonNullable<ObjectStoreOptions['reportFailure']>,
  ): Serve =>
  async (incoming, response, requestId) => {
    try {
      const request = parseRequest(incoming);
      const answer = await routeRequest(request)(context, request);
      await send(incoming, response, answer, requestId);
    } catch (error) {
      if (response.destroyed) return;
      const answer = errorAnswer(incoming, error, requestId);
      if (answer.status >= 500 && answer.status !== 501) reportFailure(error, requestId);
      // Once bytes are out, breaking the connection is the only way to say that they are not all.
      if (response.headersSent) response.destroy();
      else await send(incoming, response, answer, requestId);
    }
  };

const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headerOf(headers, 'x-firesteel-request-id') ?? '';
  return /^[\w-]{1,128}$/.test(given) ? given : randomBytes(8).toString('hex').toUpperCase();
};

/** Makes the platform's buckets that are not there yet. Throws when an account has one of the names. */
const ensurePlatformBuckets = async (
  buckets: Buckets,
  names: readonly string[],
  createdMs: number,
): Promise<void> => {
  for (const name of names) {
    const account = buckets.get(name)?.identity.account ?? null;
    if (account !== null) {
      throw new Error(
        `The bucket ${name} belongs to the account ${account}, and the store needs its name for itself. Rename the directory buckets/${name}: that gives the bucket another name.`,
      );
    }
    await buckets.create({ name, account, createdMs });
  }
};

/** Opens the buckets, the platform's among them. */
const openAll = async (options: ObjectStoreOptions): Promise<Buckets> => {
  const root = join(options.dataDir, 'buckets');
  const buckets = await openBuckets(root, options.report ?? (() => undefined));
  const createdMs = options.now().getTime();
  await ensurePlatformBuckets(buckets, options.platformBuckets ?? [], createdMs).catch(
    async (error: unknown) => {
      await buckets.close();
      throw error;
    },
  );
  return buckets;
};

/**
 * Opens the store in `dataDir`: takes the directory, replays the index of every bucket, removes content
 * that no key refers to, makes the platform's buckets. Rejects when another process has the directory, an
 * index is damaged or an account has the name of one of the platform's buckets.
 */
export const createObjectStore = async (options: ObjectStoreOptions): Promise<ObjectStore> => {
  await makeDirectory(options.dataDir);
  const unlock = await lockDirectory(options.dataDir);
  const buckets = await openAll(options).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const reportFailure = options.reportFailure ?? (() => undefined);
  const serve = createServe(
    {
      buckets,
      region: options.region,
      now: options.now,
      mayDelete: options.mayDelete,
      policies: options.policies,
      inTurn: inTurnByName(),
      reportFailure,
      openBody: ({ incoming }) => tieToConnection(incoming, options.openPayload(incoming)),
    },
    reportFailure,
  );
  const underWay = new Set<Promise<void>>();
  return {
    handle: (incoming, response) => {
      const served = serve(incoming, response, requestIdOf(incoming)).catch(() => {
        response.destroy();
      });
      underWay.add(served);
      void served.then(() => underWay.delete(served));
    },
    close: async () => {
      await Promise.all(underWay);
      await buckets.close();
      await unlock();
    },
  };
};
