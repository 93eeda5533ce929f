/** A small installation's log, audited as it is and after every way of tampering with it. */
import { spawn } from 'node:child_process';
import { aggregates as registryAggregates } from '@firesteel/application-registry/aggregates';
import { aggregates as billingAggregates } from '@firesteel/billing/aggregates';
import { streamOfPriceList } from '@firesteel/billing/price-list';
import { publishedPriceLists } from '@firesteel/billing/published-prices';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { sequenceBatch, takeOver } from '@firesteel/ledger/sequencer';
import { Migration } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { AuditedAggregate, AuditedService } from './audited-service.ts';
import { replayLog } from './replaying.ts';
import { readPast } from './time-travel.ts';
import { verifyLog } from './verification.ts';

const at = '2026-11-25T10:00:00.000Z';
const accountId = '123456789012';
const [applications] = registryAggregates;
const [usages, priceLists] = billingAggregates;
const services: readonly AuditedService[] = [
  { schema: 'application_registry', aggregates: registryAggregates },
  { schema: 'billing', aggregates: billingAggregates },
];

/** A table with the columns that the aggregate's own code writes. */
const tableOf = (aggregate: AuditedAggregate): string => {
  const columns = Object.keys(aggregate.columns(aggregate.decider.initial));
  return `create table ${aggregate.entity.meta.tableName} (id text primary key, version int not null,
    state jsonb not null${columns.map((name) => `, ${name} text`).join('')})`;
};
const creationOf = (aggregates: readonly AuditedAggregate[]) => ({
  name: 'create-tables',
  class: class extends Migration {
    override up(): void {
      for (const aggregate of aggregates) this.addSql(tableOf(aggregate));
    }
  },
});
const open = (database: TestDatabase, role: string, aggregates: readonly AuditedAggregate[]) =>
  openDatabase({
    url: database.urlOf(role),
    entities: [],
    migrations: [creationOf(aggregates)],
    poolSize: 2,
  });

async function writeApplications(registry: MikroORM, ids: readonly string[]): Promise<void> {
  for (const applicationId of ids) {
    const input = {
      name: `name of ${applicationId} – ü`,
      type: 'Spark',
      releaseLabel: 'emr-7.13.0',
      architecture: 'X86_64',
      settings: { maximumCapacity: { cpu: '4 vCPU', memory: '16 GB' } },
      tags: { z: '1', a: '2' },
    } as const;
    const create = {
      type: 'CreateApplication',
      applicationId,
      accountId,
      region: 'us-east-1',
    } as const;
    await handle(registry.em, applications as NonNullable<typeof applications>, applicationId, {
      ...create,
      input,
      requestHash: 'hash',
      at,
    });
    await handle(registry.em, applications as NonNullable<typeof applications>, applicationId, {
      type: 'StartApplication',
      at,
    });
  }
}

async function writeUsage(billing: MikroORM, jobRunId: string): Promise<void> {
  for (const workerId of ['driver', 'executor'])
    await handle(billing.em, usages, jobRunId, {
      type: 'MeterWorker',
      priceListId: 'us-east-1.x86_64.2023-02-01',
      life: {
        workerId: `${jobRunId}-${workerId}`,
        jobRunId,
        applicationId: 'app-1',
        accountId,
        workerType: workerId === 'driver' ? 'SPARK_DRIVER' : 'SPARK_EXECUTOR',
        size: { vcpu: 4, memoryMb: 16_384, diskGb: 20 },
        attempt: 1,
        readyMs: 75_250,
        idleMs: 0,
        at,
      },
    });
}

/** Runs one of the two programs as `npm run` would; answers its exit code and what it printed. */
const runProgram = (program: string, words: readonly string[], env: Record<string, string>) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const child = spawn(process.execPath, [`${import.meta.dirname}/${program}`, ...words], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.once('close', (code) => resolve({ code, out }));
  });

describe('an audit of a real log', () => {
  let database: TestDatabase;
  let admin: MikroORM;
  let registry: MikroORM;
  let billing: MikroORM;
  beforeAll(async () => {
    database = await startTestDatabase();
    admin = await openDatabase({
      url: database.adminUrl,
      entities: [],
      migrations: [],
      poolSize: 1,
    });
    registry = await open(database, 'application_registry', registryAggregates);
    billing = await open(database, 'billing', billingAggregates);
    for (const list of publishedPriceLists('us-east-1'))
      await handle(billing.em, priceLists, streamOfPriceList(list.priceListId), {
        type: 'PublishPriceList',
        list,
        at,
      });
    await writeApplications(registry, ['app-1', 'app-2']);
    for (const jobRunId of ['run-1', 'run-2']) await writeUsage(billing, jobRunId);
    const ledger = await openDatabase({
      url: database.urlOf('ledger'),
      entities: [],
      migrations: [],
    });
    await sequenceBatch(ledger.em, await takeOver(ledger.em));
    await ledger.close();
    for (const [table, kept] of keptRows)
      await admin.em.execute(`create table ${kept} as table ${table}`);
  });
  afterAll(async () => {
    for (const orm of [admin, registry, billing]) await orm.close();
    await database.stop();
  });

  /** Tables of rows that tests change, with the copy they come back from. */
  const keptRows = [
    ['application_registry.application', 'public.application_kept'],
    ['billing.usage', 'public.usage_kept'],
  ] as const;
  const restoreRows = async (): Promise<void> => {
    for (const [table, kept] of keptRows) {
      await admin.em.execute(`delete from ${table}`);
      await admin.em.execute(`insert into ${table} select * from ${kept}`);
    }
    for (const table of ['billing.discount', 'billing.cursor'])
      await admin.em.execute(`drop table if exists ${table}`);
  };

  const patience = { patienceMs: 0, pauseMs: 1 };
  const replay = () => replayLog(admin.em, services, patience);
  /** Applies a superuser's statements with every trigger off, looks, and puts everything back. */
  const tampered = async <Result>(
    statements: readonly string[],
    look: () => Promise<Result>,
  ): Promise<Result> => {
    for (const table of ['log.event', 'log.sequenced'])
      await admin.em.execute(`create table ${table}_kept as table ${table}`);
    const run = async (all: readonly string[]) => {
      await admin.em.execute('set session_replication_role = replica');
      for (const statement of all) await admin.em.execute(statement);
      await admin.em.execute('set session_replication_role = origin');
    };
    await run(statements);
    try {
      return await look();
    } finally {
      await run([
        'delete from log.event',
        'delete from log.sequenced',
        'insert into log.event overriding system value select * from log.event_kept',
        'insert into log.sequenced select * from log.sequenced_kept',
        'drop table log.event_kept',
        'drop table log.sequenced_kept',
      ]);
    }
  };

  it('verifies a log that nobody touched', async () => {
    expect(await verifyLog(admin.em)).toEqual({
      verified: 14,
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
      checkpoints: 0,
      unsigned: 14,
      unsequenced: 0,
      untold: [
        expect.stringContaining('cut off cannot be told'),
        expect.stringContaining('Signatures were not checked'),
      ],
      problem: null,
    });
  });

  it('replays it to the very rows, always with the same digest', async () => {
    const first = await replay();
    expect(first).toMatchObject({
      head: 14,
      differences: [],
      services: [
        { service: 'application-registry', streams: 2, events: 8, rows: 2 },
        { service: 'billing', streams: 4, events: 6, rows: 4 },
      ],
    });
    expect((await replay()).digest).toBe(first.digest);
  });

  it.each([
    [
      'a changed column',
      "update application_registry.application set status = 'STOPPED' where id = 'app-2'",
      [
        'application_registry.application row app-2 column status: is "STOPPED", the log says "STARTED"',
      ],
    ],
    [
      'a missing row',
      "delete from application_registry.application where id = 'app-1'",
      ['application_registry.application row app-1: is missing, the log says it exists'],
    ],
    [
      'a surplus row',
      "insert into application_registry.application values ('app-9', 1, '{}', '', '', '')",
      ['application_registry.application row app-9: is surplus, the log knows nothing of it'],
    ],
    [
      'a changed second, and the bill it changes',
      `update billing.usage set state = jsonb_set(state, '{workers,0,billedSeconds}', '75') where id = 'run-1'`,
      [
        expect.stringMatching(/^billing.usage row run-1 column state: is .*75.*, the log says /),
        expect.stringMatching(/^billing.usage row run-1 column bill: is .*, the log says .*/),
      ],
    ],
    [
      'a table that the log does not explain',
      'create table billing.discount (id text)',
      ['billing.discount: no aggregate owns this table, so no replay can rebuild it'],
    ],
    [
      'a consumer ahead of the log',
      "create table billing.cursor as select 'billing.reactions' as name, 99::bigint as global_seq",
      ['billing.cursor row billing.reactions column global_seq: is 99, the log says 14'],
    ],
    [
      'a consumer that stays behind',
      "create table billing.cursor as select 'billing.reactions' as name, 3::bigint as global_seq",
      ['billing.cursor row billing.reactions column global_seq: is 3, the log says 14'],
    ],
  ])('names %s', async (_name, statement, differences) => {
    await admin.em.execute(statement);
    try {
      expect(await replay()).toMatchObject({ differences });
    } finally {
      await restoreRows();
    }
  });

  it.each([
    [
      'changed bytes',
      ["update log.event set data = replace(data::text, '75250', '75251')::json where pos = 12"],
      /WorkerUsageMetered/,
    ],
    ['missing', ['delete from log.event where pos = 12'], /its event is gone/],
    ['missing', ['delete from log.sequenced where global_seq = 12'], /goes on with 13/],
    [
      'out of order',
      [
        'update log.sequenced set pos = 0 where global_seq = 12',
        'update log.sequenced set pos = 12 where global_seq = 13',
        'update log.sequenced set pos = 13 where global_seq = 12',
      ],
      /stands at 13/,
    ],
    [
      'out of order',
      ["update log.event set version = 9 where stream = 'usage-run-1' and version = 2"],
      /usage-run-1 has version 9 where 2 is due/,
    ],
    ['missing', ['delete from log.sequenced where global_seq >= 12'], /have no place/],
    [
      'missing',
      [
        "insert into log.published values ('all', 14)",
        'delete from log.sequenced where global_seq >= 12',
        'delete from log.event where pos >= 12',
      ],
      /events up to 14 were published/,
    ],
  ])('verify names event 12: %s (%#)', async (kind, statements, detail) => {
    const { problem, verified } = await tampered(statements, () => verifyLog(admin.em));
    await admin.em.execute('delete from log.published');
    expect(problem).toEqual({ globalSeq: 12, kind, detail: expect.stringMatching(detail) });
    expect(verified).toBe(11);
  });

  it('as programs: verify answers the same in every process, time zone and locale', async () => {
    const env = { ADMIN_DATABASE_URL: database.adminUrl };
    const [here, there] = await Promise.all([
      runProgram('verify.ts', [], { ...env, TZ: 'UTC', LANG: 'C' }),
      runProgram('verify.ts', ['--json'], { ...env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' }),
    ]);
    const { head } = await verifyLog(admin.em);
    expect(here.code).toBe(0);
    expect(here.out.trimEnd().split('\n').at(-1)).toBe(`verified 14 events, head 14:${head}`);
    expect([there.code, JSON.parse(there.out)]).toMatchObject([0, { head, problem: null }]);
  });

  it('has one digest in every process, time zone and locale', async () => {
    const { digest } = await replay();
    for (const place of [
      { TZ: 'UTC', LANG: 'C' },
      { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
    ]) {
      const there = await runProgram('replay-digest.fixture.ts', [], {
        ADMIN_DATABASE_URL: database.adminUrl,
        ...place,
      });
      expect(there).toEqual({ code: 0, out: `${digest}\n` });
    }
  });

  it('shows what was, up to an event or a time', async () => {
    const past = (until: string, wish: object = {}) =>
      readPast(admin.em, services, { until, ...wish });
    const id = 'app-1';
    const [row] = await admin.em.execute<{ seq: string; at: string }[]>(
      `select s.global_seq as seq, to_json(e.recorded_at at time zone 'UTC')#>>'{}' || 'Z' as at
       from log.event e join log.sequenced s using (pos) where e.stream = 'application-app-1' and e.version = 2`,
    );
    const { seq = '', at: time = '' } = row ?? {};
    const wish = { service: 'application-registry', stream: `application-${id}` };
    const then = await past(seq, wish);
    expect(then).toMatchObject({ streams: 1, events: 2, shown: { version: 2, status: 'CREATED' } });
    expect((await past(time, wish)).digest).toBe(then.digest);
    const now = await past('999999', wish);
    expect(now).toMatchObject({ until: 14, shown: { version: 4, status: 'STARTED' } });
    expect(now.digest).not.toBe(then.digest);
    expect(await past('1', { stream: 'usage-run-1' })).toMatchObject({ shown: null });
    await expect(past('yesterday')).rejects.toThrow(/--until takes/);
    await expect(past('1', { service: 'x' })).rejects.toThrow(/There is no service x/);
  });

  it('shows a run’s bill as it was before its executor was known', async () => {
    const bill = async (until: string) =>
      (await readPast(admin.em, services, { until, service: 'billing', bill: 'run-1' })).shown;
    const [row] = await admin.em.execute<{ seq: string }[]>(
      "select global_seq as seq from log.event e join log.sequenced using (pos) where stream = 'usage-run-1' and version = 1",
    );
    const before = await bill(row?.seq ?? '');
    const after = await bill('14');
    expect(before).toEqual(expect.any(Object));
    expect(after).not.toEqual(before);
  });

  it('shows the same past in every process, time zone and locale', async () => {
    const words = ['--until', '12', '--bill', 'run-1'];
    const places = [
      { TZ: 'UTC', LANG: 'C' },
      { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
      { TZ: 'Pacific/Apia', LC_ALL: 'ar_EG.UTF-8' },
    ];
    const answers = await Promise.all(
      places.map((place) =>
        runProgram('replay.ts', words, { ADMIN_DATABASE_URL: database.adminUrl, ...place }),
      ),
    );
    expect(answers[0]).toEqual({ code: 0, out: expect.stringMatching(/digest [0-9a-f]{64}\n$/) });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('as programs: say how they are used, and what they lack', async () => {
    const help = await runProgram('verify.ts', ['--help'], {});
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('npm run verify')]);
    const lost = await runProgram('verify.ts', [], {});
    expect([lost.code, lost.out]).toEqual([2, expect.stringContaining('ADMIN_DATABASE_URL')]);
  });
});
