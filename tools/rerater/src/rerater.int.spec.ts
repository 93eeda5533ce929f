/** Random logs, taken by billing's own reactions on PostgreSQL and worked out again by the Python program. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { billOf } from '@firesteel/billing/bill';
import { correctUsage } from '@firesteel/billing/corrections';
import { migrations } from '@firesteel/billing/migrations';
import { priceListIdOf, streamOfPriceList } from '@firesteel/billing/price-list';
import { loadPriceLists, priceLists } from '@firesteel/billing/price-lists';
import { publishedPriceLists } from '@firesteel/billing/published-prices';
import { reactionsOf } from '@firesteel/billing/reactions';
import { statementIdOf } from '@firesteel/billing/statement';
import { statements } from '@firesteel/billing/statement-table';
import { accountsOf, readLines, readStatement } from '@firesteel/billing/statements';
import { ratedWorkersOf } from '@firesteel/billing/usage';
import { usages } from '@firesteel/billing/usages';
import type { PriceList, SequencedEvent } from '@firesteel/contracts/events';
import { Refused } from '@firesteel/decider/refused';
import { append } from '@firesteel/event-store';
import { load, transact } from '@firesteel/event-store/aggregate';
import type { ChainedEvent } from '@firesteel/event-store/chain';
import { handle } from '@firesteel/event-store/commands';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import { sequenceBatch, takeOver } from '@firesteel/ledger/sequencer';
import { react } from '@firesteel/messaging/reaction';
import type { MikroORM } from '@mikro-orm/postgresql';
import fc from 'fast-check';

const region = 'eu-west-1';
const accounts = ['111111111111', '222222222222'];
const months = ['2026-10', '2026-11', '2026-12'];
const publishedAt = '2026-01-01T00:00:00Z';

const rerater = join(import.meta.dirname, '..', 'rerate.py');

const metering = ['WorkerExited', 'WorkerMeterRead', 'UsageCorrected'];

/** A life as its exit tells it; whole seconds, the minimum and idling are where mistakes would be. */
const exits = fc.record({
  account: fc.constantFrom(...accounts),
  application: fc.constantFrom('a', 'b'),
  jobRunId: fc.option(fc.constantFrom('r1', 'r2', 'r3'), { freq: 3 }),
  size: fc.record({
    vcpu: fc.constantFrom(1, 2, 4, 8, 16),
    memoryMb: fc.integer({ min: 2, max: 120 }).map((gb) => gb * 1024),
    diskGb: fc.integer({ min: 20, max: 200 }),
  }),
  readyMs: fc.oneof(
    fc.constantFrom(0, 1, 1_000, 59_000, 59_001, 60_000, 60_001),
    fc.integer({ min: 0, max: 100_000_000 }),
  ),
  idleMs: fc.oneof(fc.constantFrom(0, 999, 1_000, 60_000), fc.integer({ min: 0, max: 50_000_000 })),
  at: fc
    .integer({ min: Date.parse('2026-10-01T00:00:00Z'), max: Date.parse('2026-12-31T23:59:59Z') })
    .map((ms) => new Date(ms).toISOString()),
  /** Readings of its meter before it ends, right or wrong. */
  readings: fc.array(
    fc.record({
      readyMs: fc.integer({ min: 0, max: 100_000_000 }),
      idleMs: fc.integer({ min: 0, max: 50_000_000 }),
      month: fc.constantFrom(...months),
    }),
    { maxLength: 3 },
  ),
  /** How often billing is told. */
  told: fc.integer({ min: 1, max: 3 }),
});
type Exit = typeof exits extends fc.Arbitrary<infer Value> ? Value : never;

const price = fc.integer({ min: 0, max: 10_000_000_000 });
const cards = fc
  .record({
    accountId: fc.option(fc.constantFrom(...accounts), { nil: undefined }),
    region: fc.constantFrom(region, 'us-east-1'),
    day: fc.integer({ min: 1, max: 90 }),
    vcpuHourE10: price,
    memoryGbHourE10: price,
    storageGbHourE10: price,
  })
  .map(({ accountId, day, ...prices }): PriceList => {
    const effectiveFrom = `${new Date(Date.parse('2026-10-01') + day * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
    const named = { region: prices.region, architecture: 'X86_64', effectiveFrom } as const;
    const whose = accountId === undefined ? {} : { accountId };
    return {
      priceListId: priceListIdOf({ ...named, ...whose }),
      currency: 'USD',
      ...prices,
      ...named,
      ...whose,
    };
  });

const sample = <Value>(arbitrary: fc.Arbitrary<Value>, count: number, round: number): Value[] =>
  fc.sample(arbitrary, { numRuns: count, seed: 20_261_127 + round });

type Report = {
  readonly findings: readonly string[];
  readonly statements: readonly { readonly total: string }[];
  readonly bills: Readonly<Record<string, object>>;
};

describe('billing and its re-rater', () => {
  let database: TestDatabase;
  let billing: MikroORM;
  let ledger: MikroORM;
  let capacity: MikroORM;
  let epoch: number;
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-rerater-'));
  const orms: MikroORM[] = [];
  const open = async (
    role: string,
    steps: Parameters<typeof openDatabase>[0]['migrations'] = [],
  ) => {
    const orm = await openDatabase({ url: database.urlOf(role), entities: [], migrations: steps });
    orms.push(orm);
    return orm;
  };
  beforeAll(async () => {
    database = await startTestDatabase();
    billing = await open('billing', migrations);
    ledger = await open('ledger');
    capacity = await open('capacity');
    const registry = await open('application_registry');
    epoch = await takeOver(ledger.em);
    for (const list of publishedPriceLists(region)) await publish(list, 'PublishPriceList');
    // What takes effect was published before; some of these name a day that is taken, and are refused.
    for (const list of sample(cards, 10, 0))
      await publish(list, 'AnnouncePriceList').catch((error: unknown) =>
        expect(error).toBeInstanceOf(Refused),
      );
    for (const account of accounts)
      for (const name of ['a', 'b'])
        await transact(registry.em, (tx) =>
          append(tx, `application-${account}${name}`, 0, [
            { type: 'ApplicationCreating', data: { applicationId: `${account}${name}`, region } },
          ]),
        );
  });
  afterAll(async () => {
    for (const orm of orms) await orm.close();
    await database.stop();
    rmSync(folder, { recursive: true });
  });

  const publish = (list: PriceList, type: 'PublishPriceList' | 'AnnouncePriceList') =>
    handle(billing.em, priceLists, streamOfPriceList(list.priceListId), {
      type,
      list,
      at: publishedAt,
    });

  const sequence = async (): Promise<readonly ChainedEvent[]> => {
    const all: ChainedEvent[] = [];
    for (let batch = await sequenceBatch(ledger.em, epoch); batch.length > 0; ) {
      all.push(...batch);
      batch = await sequenceBatch(ledger.em, epoch);
    }
    return all;
  };

  let exited = 0;
  const live = async ({ account, application, jobRunId, readings, told, ...end }: Exit) => {
    const workerId = `w${exited++}`;
    const applicationId = `${account}${application}`;
    const life = {
      workerId,
      jobRunId: jobRunId && `${applicationId}${jobRunId}`,
      attempt: jobRunId === null ? null : 1,
      applicationId,
      accountId: account,
      workerType: 'SPARK_EXECUTOR',
      size: end.size,
    };
    const metered = (index: number) => (index === 0 ? {} : { metered: readings[index - 1] });
    const events = readings.map(({ month, ...read }, index) => {
      const data = {
        ...life,
        reading: index + 1,
        ...read,
        ...metered(index),
        at: `${month}-15T00:00:00Z`,
      };
      return { type: 'WorkerMeterRead', data };
    });
    const idleMs = Math.min(end.idleMs, end.readyMs);
    const data = {
      ...life,
      exitCode: 0,
      reason: 'done',
      ...end,
      idleMs,
      ...metered(readings.length),
    };
    await transact(capacity.em, (tx) =>
      append(tx, `worker-${workerId}`, 0, [...events, { type: 'WorkerExited', data }]),
    );
    return [...events.map(() => told), told];
  };

  /** What the consumer does: every metering in log order, some of them again and again. */
  const reactions = reactionsOf(region);
  const tell = async (events: readonly ChainedEvent[], often: readonly number[]): Promise<void> => {
    const told = events.filter(({ type }) => metering.includes(type));
    for (const [index, chained] of told.entries()) {
      const event = { ...chained, data: JSON.parse(chained.data), meta: {} } as SequencedEvent;
      for (let time = 0; time < (often[index] ?? 1); time++)
        await transact(billing.em, async (tx) => {
          const reaction = reactions[event.type];
          if (reaction) await react(reaction, event, tx);
        });
    }
  };

  /** What `firesteel export` gives an outsider. */
  const exported = async (): Promise<string[]> => {
    const program = join(import.meta.dirname, '..', '..', 'audit', 'src', 'export.ts');
    const words = ['--disable-warning=ExperimentalWarning', program];
    const env = { ...process.env, ADMIN_DATABASE_URL: database.adminUrl };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env, maxBuffer: 1e9 });
    return stdout.trim().split('\n');
  };

  /** Its events, with payloads that can be tampered with. */
  const opened = async (): Promise<string[]> =>
    (await exported())
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === 'event')
      .map(({ data, ...event }) => JSON.stringify({ ...event, data: JSON.parse(data) }));

  /** Runs the program on a log. */
  const rerate = (log: readonly string[], words: readonly string[] = [], against?: object) =>
    new Promise<{ code: number; report: Report }>((resolve, reject) => {
      const [events, answer] = ['events.ndjson', 'answer.json'].map((name) =>
        join(folder, name),
      ) as [string, string];
      writeFileSync(events, `${log.join('\n')}\n`);
      writeFileSync(answer, JSON.stringify(against ?? null));
      const compared = against === undefined ? [] : ['--against', answer];
      execFile(
        'python3',
        [rerater, events, ...words, ...compared],
        { maxBuffer: 1e9 },
        (error, stdout, stderr) => {
          if (stdout === '') reject(new Error(stderr));
          else resolve({ code: Number(error?.code ?? 0), report: JSON.parse(stdout) });
        },
      );
    });

  const headOf = (log: readonly string[]): number => JSON.parse(log.at(-1) ?? '').globalSeq;

  const answerOf = async (
    month: string,
    known: { throughSeq: number; asKnownAt: string | null },
  ) => ({
    statements: await Promise.all(
      (await accountsOf(billing.em, month)).map((account) =>
        readStatement(billing.em, account, month, known),
      ),
    ),
  });

  /** An operator's word about a usage; billing posts it once it has its place. */
  const correct = async (seconds: number, place: number): Promise<void> => {
    const rows = await billing.em.execute<{ id: string }[]>(
      `select id from posting where state ->> 'corrects' is null order by known_seq desc, id offset ? limit 1`,
      [place],
    );
    const now = () => new Date('2027-01-01T00:00:00Z');
    const { em } = billing;
    const command = { usageId: rows[0]?.id ?? '', seconds, reason: 'a test', by: 'tester' };
    await correctUsage(em, command, now().toISOString()).catch((error: unknown) =>
      expect(error).toBeInstanceOf(Refused),
    );
  };

  const issue = async (accountId: string, month: string, throughSeq: number): Promise<void> => {
    const lines = await readLines(billing.em, accountId, month, { throughSeq, asKnownAt: null });
    const command = { type: 'IssueStatement', accountId, month, throughSeq, lines } as const;
    const at = new Date().toISOString();
    await handle(billing.em, statements, statementIdOf(accountId, month), { ...command, at });
  };

  const productBills = async (payers: readonly string[]) => {
    const bills: Record<string, object> = {};
    for (const payer of payers) {
      const { state } = await load(billing.em, usages, payer);
      if (state.status === 'ABSENT') continue;
      const ids = ratedWorkersOf(state).map(({ priceListId }) => priceListId);
      const { lines, total } = billOf(state, await loadPriceLists(billing.em, ids));
      bills[payer] = { lines, total };
    }
    return bills;
  };

  it.each([1, 2])(
    'agree on every statement and every bill (log %d)',
    async (round) => {
      const all = sample(exits, 40, round);
      for (const part of [all.slice(0, 20), all.slice(20)]) {
        const often: number[] = [];
        for (const one of part) often.push(...(await live(one)));
        const events = await sequence();
        await tell(events, often);
        for (const place of [0, 3, 3, 7]) await correct(place * 500, place);
        await tell(await sequence(), [2]);
        // Half of what there is to know is known now: issue one of the months.
        if (part[0] === all[0])
          await issue(accounts[0] ?? '', months[1] ?? '', events.at(-1)?.globalSeq ?? 0);
      }
      await sequence();
      const log = await exported();
      const middle = JSON.parse(log[Math.floor(log.length / 2)] ?? '');
      for (const known of [
        { throughSeq: headOf(log), asKnownAt: null },
        { throughSeq: middle.globalSeq, asKnownAt: null },
        { throughSeq: headOf(log), asKnownAt: middle.recordedAt as string },
      ])
        for (const month of months) {
          const words = ['--month', month, '--through', String(known.throughSeq)];
          const moment = known.asKnownAt === null ? [] : ['--as-known-at', known.asKnownAt];
          const { code, report } = await rerate(
            log,
            [...words, ...moment],
            await answerOf(month, known),
          );
          expect([code, report.findings]).toEqual([0, []]);
          expect(report.statements.length).toBeGreaterThan(0);
        }
      const { report } = await rerate(log);
      expect(report.bills).toEqual(await productBills(Object.keys(report.bills)));
    },
    120_000,
  );

  /** Changes the first event of a type in an exported log. */
  const changed = (
    log: readonly string[],
    type: string,
    change: (text: string) => string,
  ): string[] => {
    const at = log.findIndex((line) => line.includes(`"type":"${type}"`));
    return log.map((line, index) => (index === at ? change(line) : line));
  };

  it.each<[string, string, (text: string) => string, RegExp]>([
    [
      'a second metered too much',
      'WorkerUsageMetered',
      (text) => text.replace(/"billedSeconds":(\d+)/, (_, n) => `"billedSeconds":${Number(n) + 1}`),
      /^worker w\d+ .*billedSeconds was metered as \d+, its exit gives \d+$/,
    ],
    [
      'another payer',
      'WorkerUsageMetered',
      (text) => text.replace(/"jobRunId":[^,]+/, '"jobRunId":"x"'),
      /^worker w\d+ .*jobRunId was metered as x/,
    ],
    [
      'a worker that was never metered',
      'WorkerUsageMetered',
      () => '',
      /^worker w\d+ .*was never metered$/,
    ],
    [
      'usage without an exit',
      'WorkerUsageMetered',
      (text) => text.replace(/"usageId":"./, '"usageId":"x'),
      /^usage x[0-9a-f]+ of worker w\d+: no exit gives it$/,
    ],
    [
      'an unbalanced transaction',
      'TransactionPosted',
      (text) => text.replace(/"amount":"(\d)/, '"amount":"1$1'),
      /^transaction [0-9a-f]{64}: .* is not balanced/,
    ],
    [
      'a transaction of another price',
      'TransactionPosted',
      (text) => text.replaceAll(/"amount":"(-?\d+)"/g, (_, amount) => `"amount":"${amount}7"`),
      /^transaction [0-9a-f]{64} of worker w\d+: .* its exit gives/,
    ],
    [
      'an issued total',
      'StatementIssued',
      (text) => text.replace(/"totalE10":"/, '"totalE10":"1'),
      /^statement 111111111111 2026-11 revision 1: totalE10 was issued as/,
    ],
    [
      'an exit that was touched',
      'WorkerExited',
      (text) => text.replace(/"readyMs":\d+/, '"readyMs":123456789'),
      /its exit gives/,
    ],
    [
      'a correction of another size',
      'UsageCorrected',
      (text) => text.replace(/"seconds":\d+/, '"seconds":987654'),
      /^transaction [0-9a-f]{64} of worker w\d+: .* its exit gives/,
    ],
    [
      'a correction of nothing',
      'UsageCorrected',
      (text) => text.replace(/"usageId":"./, '"usageId":"x'),
      /^correction [0-9a-f]{64}: there is no usage x/,
    ],
    [
      'a reading that was touched',
      'WorkerMeterRead',
      (text) =>
        text.replace(/"readyMs":\d+,"idleMs":\d+/, '"readyMs":123456789,"idleMs":123456789'),
      /its exit gives/,
    ],
  ])('names %s', async (_name, type, change, finding) => {
    const { code, report } = await rerate(changed(await opened(), type, change), ['--quiet']);
    expect([code, report.findings]).toEqual([
      1,
      expect.arrayContaining([expect.stringMatching(finding)]),
    ]);
  });

  it.each(['amount', 'unitMs', 'quantity', 'unitPrice'] as const)(
    'names a line of an answer with another %s',
    async (member) => {
      const log = await exported();
      const known = { throughSeq: headOf(log), asKnownAt: null };
      const answer = await answerOf('2026-10', known);
      const [first] = answer.statements;
      const [line, ...rest] = first?.lines ?? [];
      const statement = { ...first, lines: [{ ...line, [member]: `${line?.[member]}1` }, ...rest] };
      const { code, report } = await rerate(log, ['--month', '2026-10', '--quiet'], {
        statements: [statement, ...answer.statements.slice(1)],
      });
      expect([code, report.findings]).toEqual([
        1,
        [expect.stringContaining(`statement 111111111111 2026-10 line usage ${line?.payerId}`)],
      ]);
    },
  );
});
