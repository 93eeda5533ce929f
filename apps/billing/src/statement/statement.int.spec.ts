/** From exits to statements on a real PostgreSQL: postings, late facts, corrections, rate cards, tags. */
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { moveCursor } from '@firesteel/messaging/cursor';
import { consumerMigrations } from '@firesteel/messaging/parked';
import { react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Router } from 'express';
import supertest from 'supertest';
import { migrations } from '../migrations/migrations.ts';
import { streamOfPriceList } from '../price-list/price-list.ts';
import { priceLists } from '../price-list/price-list-table.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import { priceListRoutes } from '../price-list/routes.ts';
import { reactionsOf } from '../reactions/reactions.ts';
import { usageRoutes } from '../usage/routes.ts';
import { usageIdOf } from '../usage/usage.ts';
import { statementRoutes } from './routes.ts';

const serviceKey = Buffer.alloc(32, 7);
const account = '123456789012';
const ending = (total: string) => expect.objectContaining({ total });

describe('statements on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let nowText = '2026-11-25T00:00:00Z';
  let globalSeq = 0;
  const now = (): Date => new Date(nowText);
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('billing'),
      entities: [],
      migrations: [...consumerMigrations, ...migrations],
    });
    for (const list of publishedPriceLists('us-east-1'))
      await handle(orm.em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at: nowText,
      });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const reactions = reactionsOf('us-east-1');
  /** A fact as the consumer gives it to billing, with its place in the log. */
  const tell = async (
    type: string,
    data: JsonObject,
    { stream = '', recordedAt = nowText, again = false } = {},
  ): Promise<void> => {
    if (!again) globalSeq += 1;
    const event: SequencedEvent = {
      globalSeq,
      stream,
      version: 1,
      eventId: '00000000-0000-4000-8000-000000000000',
      type,
      recordedAt,
      data: { accountId: account, applicationId: 'app', region: 'us-east-1', ...data },
      meta: {},
    };
    await transact(orm.em, async (tx) => {
      const reaction = reactions[type];
      if (reaction) await react(reaction, event, tx);
      await moveCursor(tx, 'billing.reactions', { globalSeq, kafkaOffset: 0n });
    });
  };
  const exit = (workerId: string, at: string, change: JsonObject = {}, told = {}) =>
    tell(
      'WorkerExited',
      {
        workerId,
        jobRunId: 'run',
        attempt: 1,
        workerType: 'SPARK_DRIVER',
        size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
        exitCode: 0,
        reason: 'done',
        readyMs: 90_000,
        idleMs: 0,
        at,
        ...change,
      },
      { recordedAt: at, ...told },
    );

  const agent = () =>
    supertest(
      internalApp({
        serviceKey,
        log: { error: () => {} },
        isReady: () => true,
        routes: Router()
          .use(priceListRoutes(orm.em, { now, wakeLedger: () => {} }))
          .use(usageRoutes(orm.em, { now, wakeLedger: () => {} }))
          .use(statementRoutes(orm.em, { now, wakeLedger: () => {} })),
      }),
    );
  const authorization = () => serviceToken(serviceKey, 'operator');
  const get = (path: string, asAccount?: string) =>
    agent()
      .get(path)
      .set('authorization', authorization())
      .set(asAccount === undefined ? {} : { 'x-firesteel-account': asAccount });
  const post = (path: string, body: object) =>
    agent().post(path).set('authorization', authorization()).send(body);
  const statementOf = async (month: string, query = '') =>
    (await get(`/v1/statements/${month}?accountId=${account}${query}`)).body.statements[0];

  it('has nothing to say of a month without usage', async () => {
    expect((await get('/v1/statements/2026-10')).body).toMatchObject({ statements: [] });
    expect(await statementOf('2026-10')).toMatchObject({ lines: [], total: '0.0000000000' });
  });

  it.each(['2026-13', '2026', 'november'])('refuses %p, which is no month', async (month) => {
    expect((await get(`/v1/statements/${month}`)).status).toBe(400);
  });

  it('lists what each run and each pool owes, with names and tags', async () => {
    await tell('ApplicationCreating', {
      name: 'etl',
      tags: { team: 'data', stage: 'test' },
      settings: {},
      at: nowText,
    });
    await tell('JobRunSubmitted', {
      jobRunId: 'run',
      name: 'daily',
      tags: { team: 'bi' },
      at: nowText,
    });
    await exit('w-1', '2026-11-25T10:00:00.000Z');
    await exit('w-2', '2026-11-25T10:00:01.000Z', { idleMs: 30_000 });
    const statement = await statementOf('2026-11');
    expect(
      statement.lines.map(({ payerId, meter, unitMs, amount }: JsonObject) => [
        payerId,
        meter,
        unitMs,
        amount,
      ]),
    ).toEqual([
      ['application-app', 'memory GB-hours', '491520000', '0.0007704667'],
      ['application-app', 'vCPU-hours', '120000', '0.0017541333'],
      ['run', 'memory GB-hours', '2457600000', '0.0038523333'],
      ['run', 'vCPU-hours', '600000', '0.0087706667'],
    ]);
    expect(statement.total).toBe('0.0151476000');
    expect(statement.payers).toEqual({
      'application-app': expect.objectContaining({
        name: 'etl',
        tags: { team: 'data', stage: 'test' },
      }),
      run: expect.objectContaining({ name: 'daily', tags: { team: 'bi', stage: 'test' } }),
    });
  });

  it('posts every usage once for good, each transaction balanced', async () => {
    const posted = () => orm.em.execute('select * from posting order by id');
    const before = await posted();
    await exit('w-2', '2026-11-25T10:00:01.000Z', { idleMs: 30_000 }, { again: true });
    expect(await posted()).toEqual(before);
    const [sums] = await orm.em.execute(
      `select count(*)::int as postings, sum((entry ->> 'unitMs')::numeric)::text as units,
         sum((entry ->> 'amount')::numeric)::text as amount
       from posting, jsonb_array_elements(state -> 'postings') as entry`,
    );
    expect(sums).toEqual({ postings: 12, units: '0', amount: '0' });
  });

  it('shows nothing of another account to who asks on an account’s behalf', async () => {
    const { body } = await get(`/v1/statements/2026-11?accountId=${account}`, '999999999999');
    expect(body.statements).toEqual([
      expect.objectContaining({ accountId: '999999999999', lines: [] }),
    ]);
  });

  it('with job-level cost allocation a run has no tags but its own', async () => {
    await tell(
      'ApplicationConfigurationChanged',
      { settings: { jobLevelCostAllocationConfiguration: { enabled: true } }, at: nowText },
      { stream: 'application-app' },
    );
    await tell('JobRunSubmitted', {
      jobRunId: 'own',
      name: null,
      tags: { team: 'bi' },
      at: nowText,
    });
    await exit('w-3', '2026-11-25T11:00:00.000Z', { jobRunId: 'own' });
    expect((await statementOf('2026-11')).payers.own).toMatchObject({
      tags: { team: 'bi' },
      jobLevelCostAllocation: true,
    });
  });

  const issue = (order: object) =>
    post('/v1/statements/2026-11/issue', { accountId: account, ...order });

  it('issues no statement that was not looked at, nor before its month is over', async () => {
    const { throughSeq, digest } = await statementOf('2026-11');
    expect((await issue({ throughSeq, digest })).body.message).toContain('is not over before');
    nowText = '2026-12-01T06:00:00Z';
    const changed = await issue({ throughSeq, digest: 'of another statement' });
    expect([changed.status, changed.body.message]).toEqual([
      409,
      expect.stringContaining('not the one'),
    ]);
  });

  it('issues a statement once, and answers it as it was whatever comes', async () => {
    const { throughSeq, digest, total } = await statementOf('2026-11');
    const first = await issue({ throughSeq, digest });
    expect(first.body).toMatchObject({ revision: 1, throughSeq, digest, lineCount: 6 });
    expect((await issue({ throughSeq, digest })).body).toEqual(first.body);
    expect(await statementOf('2026-11')).toMatchObject({
      issued: { revision: 1, intact: true },
      total,
    });
  });

  it('shows a late exit as a correction, and as it was known before without it', async () => {
    await exit(
      'late',
      '2026-11-30T23:59:59.999Z',
      {},
      { recordedAt: '2026-12-02T08:00:00.000000Z' },
    );
    await exit('december', '2026-12-02T08:00:00Z');
    const statement = await statementOf('2026-11');
    expect(statement.lines.filter(({ kind }: JsonObject) => kind === 'correction')).toEqual([
      expect.objectContaining({ payerId: 'run', meter: 'memory GB-hours', unitMs: '1474560000' }),
      expect.objectContaining({ payerId: 'run', meter: 'vCPU-hours', amount: '0.0052624000' }),
    ]);
    const known = await statementOf('2026-11', '&asKnownAt=2026-12-02T07:59:59Z');
    expect(known.lines.every(({ kind }: JsonObject) => kind === 'usage')).toBe(true);
    expect(known.issued).toMatchObject({ revision: 1 });
    expect(await statementOf('2026-11', '&asKnownAt=2026-11-25T12:00:00Z')).toMatchObject({
      issued: null,
    });
  });

  it('takes corrections in with a further revision', async () => {
    const { throughSeq, digest, total } = await statementOf('2026-11');
    nowText = '2026-12-03T06:00:00Z';
    expect((await issue({ throughSeq, digest })).body).toMatchObject({ revision: 2 });
    const now = await statementOf('2026-11');
    expect(now).toMatchObject({ issued: { revision: 2, intact: true }, total, digest });
    expect(now.lines.every(({ kind }: JsonObject) => kind === 'usage')).toBe(true);
  });

  it('shows what an operator corrected, with the reason, once it has its place in the log', async () => {
    const usageId = usageIdOf('w-3');
    const correct = (id: string, body: object) => post(`/v1/usages/${id}/corrections`, body);
    const word = { seconds: 45, reason: 'its clock was wrong', by: 'ops' };
    expect((await correct('x', word)).status).toBe(404);
    expect((await correct(usageId, { ...word, reason: ' ' })).status).toBe(400);
    expect((await correct(usageId, { ...word, seconds: 1.5 })).status).toBe(400);
    const { body: corrected } = await correct(usageId, word);
    expect(corrected).toMatchObject({ usageId, added: { usedSeconds: -45, billedSeconds: -45 } });
    expect((await correct(usageId, word)).status).toBe(409);
    expect((await correct(corrected.correctionId, word)).status).toBe(404);
    expect((await statementOf('2026-11')).corrections).toEqual([]);
    for (const again of [false, true]) await tell('UsageCorrected', corrected, { again });
    const statement = await statementOf('2026-11');
    expect(statement.corrections).toEqual([
      {
        correctionId: corrected.correctionId,
        usageId,
        payerId: 'own',
        knownAt: nowText,
        reason: 'its clock was wrong',
        by: 'ops',
        added: [
          { meter: 'vCPU-hours', unitMs: '-180000' },
          { meter: 'memory GB-hours', unitMs: '-737280000' },
        ],
      },
    ]);
    expect(
      statement.lines
        .filter(({ kind }: JsonObject) => kind === 'correction')
        .map(({ payerId, meter, unitMs }: JsonObject) => [payerId, meter, unitMs]),
    ).toEqual([
      ['own', 'memory GB-hours', '-737280000'],
      ['own', 'vCPU-hours', '-180000'],
    ]);
    const before = await statementOf('2026-11', '&asKnownAt=2026-12-02T23:59:59Z');
    expect(before.corrections).toEqual([]);
  });

  it('says when postings are no longer what was issued', async () => {
    await orm.em.execute(`update posting set vcpu_amount = '1' where job_run_id = 'own'`);
    expect(await statementOf('2026-11')).toMatchObject({ issued: { intact: false } });
  });

  it('issues nothing while an event is parked', async () => {
    await orm.em.execute(
      `insert into parked (consumer, global_seq, stream, event, cause)
       values ('billing.reactions', 1, 'worker-w', '{}', 'a drill')`,
    );
    const { throughSeq, digest } = await statementOf('2026-12');
    const held = await post('/v1/statements/2026-12/issue', {
      accountId: account,
      throughSeq,
      digest,
      early: true,
    });
    expect([held.status, held.body.message]).toEqual([409, expect.stringContaining('are parked')]);
    await orm.em.execute('truncate parked');
  });

  const list = {
    region: 'us-east-1',
    effectiveFrom: '2027-01-01',
    vcpuHour: '0.1',
    memoryGbHour: '0.01',
    storageGbHour: '0',
  };

  it.each<[string, object, number, unknown]>([
    [
      'from now on',
      { ...list, effectiveFrom: '2026-12-03T06:00:00Z' },
      400,
      'takes effect after it is published',
    ],
    ['a price that is no text', { ...list, vcpuHour: 0.1 }, 400, 'vcpuHour'],
    ['eleven decimal places', { ...list, vcpuHour: '0.12345678901' }, 400, 'vcpuHour'],
    ['a member nobody knows', { ...list, discount: '1' }, 400, 'discount'],
  ])('publishes no list %s', async (_name, body, status, message) => {
    const refused = await post('/v1/price-lists', body);
    expect([refused.status, refused.body.message]).toEqual([
      status,
      expect.stringContaining(String(message)),
    ]);
  });

  it('rates a usage by the list in effect when it ended, of its account before everybody’s', async () => {
    expect((await post('/v1/price-lists', list)).body.priceListId).toBe(
      'us-east-1.x86_64.2027-01-01',
    );
    const card = {
      ...list,
      effectiveFrom: '2027-02-01T12:00:00Z',
      rateCard: account,
      vcpuHour: '0.05',
    };
    expect((await post('/v1/price-lists', card)).body.priceListId).toBe(
      `us-east-1.x86_64.2027-02-01T12:00:00Z.${account}`,
    );
    // Learned in another order than they happened, and all of them long after.
    const told = { recordedAt: '2027-03-01T00:00:00Z' };
    await exit('c', '2027-02-01T12:00:00.000Z', {}, told);
    await exit('a', '2026-12-31T23:59:59.999Z', {}, told);
    await exit('b', '2027-01-01T00:00:00.000Z', {}, told);
    await exit('other', '2027-02-02T00:00:00.000Z', { accountId: '999999999999' }, told);
    const lists = async (month: string, accountId = account) =>
      (await get(`/v1/statements/${month}?accountId=${accountId}`)).body.statements[0].lines.map(
        ({ priceListId, unitPrice }: JsonObject) => [priceListId, unitPrice],
      );
    expect(
      (await lists('2026-12')).every(([id]: string[]) => id === 'us-east-1.x86_64.2023-02-01'),
    ).toBe(true);
    expect(await lists('2027-01')).toEqual([
      ['us-east-1.x86_64.2027-01-01', '0.01'],
      ['us-east-1.x86_64.2027-01-01', '0.1'],
    ]);
    expect((await lists('2027-02'))[1]).toEqual([
      `us-east-1.x86_64.2027-02-01T12:00:00Z.${account}`,
      '0.05',
    ]);
    expect((await lists('2027-02', '999999999999'))[1]).toEqual([
      'us-east-1.x86_64.2027-01-01',
      '0.1',
    ]);
    expect(await statementOf('2027-01')).toEqual(ending('0.0140000000'));
  });
});
