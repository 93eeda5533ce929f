/** An S3 that keeps what is put and an iam-authorizer that gives what is asked, for tests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { answerS3, type Objects } from './fake-s3.ts';

/** One request to S3. */
export type S3Call = { readonly method: string; readonly path: string };

export type FakeCloud = {
  readonly url: string;
  readonly objects: Objects;
  /** Bodies of the questions for credentials. */
  readonly questions: unknown[];
  readonly putHeaders: IncomingMessage['headers'][];
  readonly calls: S3Call[];
  validForMs: number;
  /** How far its clock is ahead of ours. */
  aheadMs: number;
  /** So many questions for credentials are answered with 500 before one is not. */
  failingQuestions: number;
  refusesPuts: boolean;
  /** So many deletions fail before one does not. */
  failingDeletions: number;
  readonly close: () => Promise<void>;
};

const timeOf = (cloud: FakeCloud, inMs = 0): Date => new Date(Date.now() + cloud.aheadMs + inMs);

const answerQuestion = (cloud: FakeCloud, body: Buffer): string => {
  cloud.questions.push(JSON.parse(body.toString()));
  return JSON.stringify({
    accessKeyId: `ASIA${cloud.questions.length}`,
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: timeOf(cloud, cloud.validForMs).toISOString(),
  });
};

/** Whether S3 is out of order for this request, as the test wants it. */
const fails = (cloud: FakeCloud, request: IncomingMessage): boolean => {
  if (request.method === 'PUT') return cloud.refusesPuts;
  if (request.method !== 'DELETE' || cloud.failingDeletions === 0) return false;
  cloud.failingDeletions -= 1;
  return true;
};

/** As S3 refuses a request that was signed a quarter of an hour before or after its own time. */
const isSkewed = (cloud: FakeCloud, { headers }: IncomingMessage): boolean => {
  const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? [];
  const signed = `${date?.replace(/^(\d{4})(..)/, '$1-$2-')}T${time?.replace(/(..)(..)/, '$1:$2:')}Z`;
  return Math.abs(Date.parse(signed) - timeOf(cloud).getTime()) > 900_000;
};

const respond = (
  cloud: FakeCloud,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void => {
  response.setHeader('date', timeOf(cloud).toUTCString());
  if (request.url === '/v1/credentials' && cloud.failingQuestions > 0) {
    cloud.failingQuestions -= 1;
    response.writeHead(500).end();
    return;
  }
  if (request.url === '/v1/credentials') {
    response.writeHead(200).end(answerQuestion(cloud, body));
    return;
  }
  if (isSkewed(cloud, request)) {
    response.writeHead(403).end('<Error><Code>RequestTimeTooSkewed</Code></Error>');
    return;
  }
  cloud.calls.push({ method: request.method ?? '', path: request.url ?? '' });
  if (request.method === 'PUT') cloud.putHeaders.push(request.headers);
  if (fails(cloud, request)) {
    response.writeHead(503).end();
    return;
  }
  const answer = answerS3(request, body, cloud.objects);
  const length = Buffer.byteLength(answer.body ?? '');
  response.writeHead(answer.status, { 'content-length': length, ...answer.headers });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
};

export const startFakeCloud = async (): Promise<FakeCloud> => {
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => respond(cloud, request, body, response),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const cloud: FakeCloud = {
    url: `http://127.0.0.1:${address.port}`,
    objects: new Map(),
    questions: [],
    putHeaders: [],
    calls: [],
    validForMs: 900_000,
    aheadMs: 0,
    failingQuestions: 0,
    refusesPuts: false,
    failingDeletions: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cloud;
};
