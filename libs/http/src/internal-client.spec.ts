import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refused } from '@firesteel/decider/refused';
import { Router } from 'express';
import { callerOf } from './caller.ts';
import { internalApp } from './internal-app.ts';
import { internalClient, ServiceUnavailable } from './internal-client.ts';

const serviceKey = Buffer.alloc(32, 5);
const caller = { accountId: '123456789012', principal: 'arn:root', requestId: 'request' };

const routes = Router()
  .all('/echo/:id', (request, response) => {
    const { method, params, query, body } = request;
    response.json({ method, id: params['id'], query, body, caller: callerOf(request) });
  })
  .get('/refused', () => {
    throw new Refused('Conflict', 'the other service’s sentence');
  })
  .get('/defect', () => {
    throw new Error('internal');
  })
  .get('/html', (_request, response) => {
    response.send('<html>');
  })
  .get('/strange', (_request, response) => {
    response.status(418).json({ kind: 'Teapot' });
  });

let server: Server;
let baseUrl: string;
beforeAll(async () => {
  server = createServer(
    internalApp({ serviceKey, log: { error: () => undefined }, isReady: () => true, routes }),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

const client = (key = serviceKey, url = baseUrl) =>
  internalClient({ service: 'billing', baseUrl: url, caller: 'gateway', serviceKey: key });

it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
  'carries a %s with its body and on whose behalf it comes',
  async (method) => {
    const body = method === 'GET' ? {} : { body: { a: [1, 'ä'] } };
    expect(await client().call(method, '/echo/a%2Fb?c=d', { ...body, caller })).toEqual({
      method,
      id: 'a/b',
      query: { c: 'd' },
      ...body,
      caller,
    });
  },
);

it('gives a refusal back as it was said', async () => {
  await expect(client().call('GET', '/refused')).rejects.toMatchObject({
    name: 'Refused',
    kind: 'Conflict',
    message: 'the other service’s sentence',
  });
});

it('is refused without a caller where one is needed, and with another key everywhere', async () => {
  await expect(client().call('GET', '/echo/a')).rejects.toMatchObject({ kind: 'Denied' });
  await expect(client(Buffer.alloc(32, 6)).call('GET', '/refused')).rejects.toMatchObject({
    kind: 'Denied',
    message: 'a service token is needed',
  });
});

it.each(['/defect', '/html', '/strange'])(
  'takes a service that answers %s for away, and says nothing of its inside',
  async (path) => {
    const called = client().call('GET', path);
    await expect(called).rejects.toThrow(ServiceUnavailable);
    await expect(called).rejects.toThrow('billing cannot be reached');
  },
);

it('takes a service that nobody listens for as away', async () => {
  await expect(client(serviceKey, 'http://127.0.0.1:1').call('GET', '/')).rejects.toThrow(
    ServiceUnavailable,
  );
});
