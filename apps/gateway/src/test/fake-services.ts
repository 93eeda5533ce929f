/** Services behind the gateway as plain loopback servers that write down what they were asked. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request as a fake service saw it. */
export type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** What a fake service answers; status 200 unless said. */
export type Answer = {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
};

/** A fake service and what it was asked so far. */
export type FakeService = {
  readonly url: string;
  readonly asked: Asked[];
  readonly stop: () => Promise<void>;
};

/** Listens on loopback and answers at port. */
export async function listenAnywhere(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Starts a service that answers as `answer` says; text goes out as it is, all else as JSON. */
export async function fakeService(answer: (asked: Asked) => Answer): Promise<FakeService> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    buffer(request)
      .then((bytes) => {
        const { method = '', url = '', headers } = request;
        const one = { method, url, headers, body: bytes.toString('utf8') };
        asked.push(one);
        const { status = 200, body, headers: answerHeaders = {} } = answer(one);
        response.writeHead(status, answerHeaders);
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  const port = await listenAnywhere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
