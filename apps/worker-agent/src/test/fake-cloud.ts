/** An S3 that keeps what is put and an iam-authorizer that gives what is asked, for tests. */
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type FakeCloud = {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Bodies of the questions for credentials. */
  readonly questions: unknown[];
  readonly putHeaders: IncomingMessage['headers'][];
  validForMs: number;
  refusesPuts: boolean;
  readonly close: () => Promise<void>;
};

export const startFakeCloud = async (): Promise<FakeCloud> => {
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        if (request.method === 'PUT') {
          cloud.putHeaders.push(request.headers);
          if (!cloud.refusesPuts) cloud.objects.set(request.url ?? '', body);
          response.writeHead(cloud.refusesPuts ? 503 : 200).end();
          return;
        }
        cloud.questions.push(JSON.parse(body.toString()));
        response.writeHead(200).end(
          JSON.stringify({
            accessKeyId: `ASIA${cloud.questions.length}`,
            secretAccessKey: 'secret',
            sessionToken: 'session',
            expiration: new Date(Date.now() + cloud.validForMs).toISOString(),
          }),
        );
      },
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
    validForMs: 900_000,
    refusesPuts: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cloud;
};
