/** Budgets on a real PostgreSQL: what is spent of each scope, and what is stated about it. */
import type { JsonObject, SequencedEvent } from '@firesteel/contracts/events';
import { transact } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { internalApp } from '@firesteel/http/internal-app';
import { serviceToken } from '@firesteel/http/service-token';
import { consumerMigrations } from '@firesteel/messaging/parked';
import { type Reaction, react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { migrations } from '../migrations/migrations.ts';
import { streamOfPriceList } from '../price-list/price-list.ts';
import { priceLists } from '../price-list/price-list-table.ts';
import { publishedPriceLists } from '../price-list/published-prices.ts';
import { onApplicationCreating, onJobRunSubmitted } from '../reactions/on-payer.ts';
import { meterWorker } from '../reactions/on-worker-metered.ts';
import { budgetRoutes } from './routes.ts';
import { createBudgetWatch } from './watch.ts';

const serviceKey = Buffer.alloc(32, 7);
const accountId = '123456789012';
const at = '2026-11-27T10:00:00.000Z';

describe('budgets on PostgreSQL', () => {
  let database: TestDatabase;
  let orm: MikroORM;
  let look: () => Promise<void>;
  let globalSeq = 0;
  const said: string[] = [];
  const wakeLedger = (): void => {};
  const now = (): Date => new Date(at);
  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('billing'),
      entities: [],
      migrations: [...consumerMigrations, ...migrations],
    });
    const log = {
      warn: (_fields: object, text: string) => said.push(text),
      info: (_fields: object, text: string) => said.push(text),
      error: (_fields: object, text: string) => said.push(text),
    } as unknown as Parameters<typeof createBudgetWatch>[0]['log'];
    look = createBudgetWatch({ em: orm.em, now, wakeLedger, log });
    for (const list of publishedPriceLists('us-east-1'))
      await handle(orm.em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
    await tell(onApplicationCreating, { name: 'etl', tags: { team: 'data' }, settings: {} });
    await tell(onJobRunSubmitted, { jobRunId: 'run', name: null, tags: { team: 'bi' } });
  });
  afterAll(async () => {
    await orm.close();
    await database.stop();
  });

  const tell = async (reaction: Reaction, data: JsonObject): Promise<void> => {
    globalSeq += 1;
    const event: SequencedEvent = {
      globalSeq,
      stream: '',
      version: 1,
      eventId: '00000000-0000-4000-8000-000000000000',
      type: '',
      recordedAt: at,
      data: { accountId, applicationId: 'app', region: 'us-east-1', at, ...data },
      meta: {},
    };
    await transact(orm.em, (tx) => react(reaction, event, tx));
  };
  /** An hour of one vCPU and 2 GB, half of it idle in the pool: 0.052624 + 0.011557 USD. */
  const anHour = (workerId: string) =>
    tell(meterWorker('us-east-1'), {
      workerId,
      jobRunId: 'run',
      attempt: 1,
      workerType: 'SPARK_DRIVER',
      size: { vcpu: 1, memoryMb: 2_048, diskGb: 20 },
      exitCode: 0,
      reason: 'done',
      readyMs: 3_600_000,
      idleMs: 1_800_000,
    });

  const agent = () =>
    supertest(
      internalApp({
        serviceKey,
        log: { error: () => {} },
        isReady: () => true,
        routes: budgetRoutes(orm.em, { now, look, wakeLedger }),
      }),
    );
  const authorization = () => serviceToken(serviceKey, 'operator');
  const set = (body: object) =>
    agent()
      .post('/v1/budgets')
      .set('authorization', authorization())
      .send({ accountId, ...body });
  const list = async () =>
    (await agent().get('/v1/budgets').set('authorization', authorization())).body.budgets;
  const stated = async () =>
    (
      await orm.em.execute<{ type: string }[]>(
        'select type from log.read_stream(?, 0) order by version',
        [`budget-${accountId}`],
      )
    ).map(({ type }) => type);

  it.each([
    [{ scope: { kind: 'account' }, monthly: '0' }, /more than nothing/],
    [{ scope: { kind: 'account' }, monthly: 10 }, /monthly/],
    [{ scope: { kind: 'tag', key: 'a' }, monthly: '10' }, /scope.value/],
    [{ scope: { kind: 'account' }, monthly: '1', warnAtPercent: [0] }, /warnAtPercent/],
    [{ scope: { kind: 'account' }, monthly: '1', accountId: '1' }, /twelve digits/],
  ])('refuses %j', async (body, sentence) => {
    const { status, body: answer } = await set(body);
    expect([status, answer.message]).toEqual([400, expect.stringMatching(sentence)]);
  });

  it('knows what is spent of an account, an application and a tag, as the statement says', async () => {
    await anHour('w1');
    for (const scope of [
      { kind: 'account' },
      { kind: 'application', applicationId: 'app' },
      { kind: 'application', applicationId: 'other' },
      { kind: 'tag', key: 'team', value: 'bi' },
      { kind: 'tag', key: 'team', value: 'data' },
    ])
      expect((await set({ scope, monthly: '0.1', warnAtPercent: [] })).status).toBe(200);
    const spent = (await list()).map(({ scope, spent, percent }: JsonObject) => [
      Object.values(scope as object)
        .sort()
        .join(' '),
      spent,
      percent,
    ]);
    expect(spent).toEqual(
      expect.arrayContaining([
        ['account', '0.0641810000', 64],
        ['app application', '0.0641810000', 64],
        ['application other', '0.0000000000', 0],
        ['bi tag team', '0.0320905000', 32],
        ['data tag team', '0.0320905000', 32],
      ]),
    );
  });

  it('warns at a threshold, says when it is spent, and that it was raised', async () => {
    await set({ scope: { kind: 'account' }, monthly: '0.1', warnAtPercent: [60], hard: true });
    expect(said).toEqual(['60 % of a budget are spent']);
    await anHour('w2');
    await Promise.all([look(), look(), look()]);
    expect(said.slice(1)).toEqual(['a budget is spent: new runs are refused']);
    await set({ scope: { kind: 'account' }, monthly: '1', warnAtPercent: [60], hard: true });
    expect(said.slice(2)).toEqual(['a budget has recovered']);
    expect((await stated()).slice(1)).toEqual([
      'BudgetSet',
      'BudgetThresholdPassed',
      'BudgetExhausted',
      'BudgetSet',
      'BudgetRecovered',
    ]);
  });

  it('removes one, once', async () => {
    const remove = () =>
      agent().delete(`/v1/budgets/${accountId}`).set('authorization', authorization());
    expect((await remove()).status).toBe(200);
    expect((await remove()).status).toBe(404);
    expect((await list()).map(({ budgetId }: JsonObject) => budgetId)).not.toContain(accountId);
  });
});
