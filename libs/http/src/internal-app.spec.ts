import { type RefusalKind, Refused } from '@firesteel/decider/refused';
import { Router } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { internalApp } from './internal-app.ts';
import { serviceToken } from './service-token.ts';

const key = Buffer.alloc(32, 3);
const logged: string[] = [];
const app = (isReady = true) =>
  internalApp({
    serviceKey: key,
    log: { error: (_object, message) => logged.push(message) },
    isReady: () => isReady,
    routes: Router()
      .get('/refuse/:kind', ({ params }) => {
        throw new Refused(params.kind as RefusalKind, 'because');
      })
      .get('/defect', async () => {
        throw new TypeError('a secret detail');
      })
      .post('/parse', ({ body }, response) => {
        response.json(z.object({ a: z.number() }).parse(body));
      }),
  });
const token = (): string => serviceToken(key, 'gateway');

it.each([
  [true, 200],
  [false, 503],
])('says whether it is ready (%s) without a token', async (isReady, status) => {
  await request(app(isReady)).get('/health').expect(status);
});

it('asks for a service token', async () => {
  await request(app()).get('/refuse/Invalid').expect(401);
});

it.each<[RefusalKind, number]>([
  ['Invalid', 400],
  ['QuotaExceeded', 402],
  ['Denied', 403],
  ['NotFound', 404],
  ['Conflict', 409],
])('answers a refusal of kind %s with %d and its sentence', async (kind, status) => {
  await request(app())
    .get(`/refuse/${kind}`)
    .set('authorization', token())
    .expect(status, { kind, message: 'because' });
});

it('logs a defect and tells nothing of it', async () => {
  const { text } = await request(app()).get('/defect').set('authorization', token()).expect(500);
  expect(text).not.toContain('secret');
  expect(logged).toContain('request failed');
});

it.each([
  ['broken JSON', '{'],
  ['another shape', '{"a":"b"}'],
  ['a body larger than any of ours', `{"a":"${'b'.repeat(5 * 1024 * 1024)}"}`],
])('refuses %s as Invalid', async (_name, body) => {
  await request(app())
    .post('/parse')
    .set('authorization', token())
    .set('content-type', 'application/json')
    .send(body)
    .expect(400);
});

it('refuses a path that cannot be decoded as Invalid', async () => {
  await request(app()).get('/refuse/%E0').set('authorization', token()).expect(400);
});

it('answers 404 where no route is', async () => {
  await request(app())
    .get('/nowhere')
    .set('authorization', token())
    .expect(404, { kind: 'NotFound', message: 'no such route' });
});
