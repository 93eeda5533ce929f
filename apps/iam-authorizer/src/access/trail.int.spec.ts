import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signatureFailure } from '@firesteel/aws-protocol/sigv4/signature-fault';
import type { AccessDecision } from '@firesteel/contracts/events';
import { openDatabase } from '@firesteel/event-store/database';
import { startTestDatabase, type TestDatabase } from '@firesteel/event-store/test-database';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type AuthorizeOptions, authorize } from '../authorize/authorize.ts';
import { createDeferredKeys } from '../authorize/deferred-keys.ts';
import { createFencesInForce } from '../fence/fences-in-force.ts';
import { type IdentitiesInForce, loadIdentities } from '../identity/identities-in-force.ts';
import { iamMigrations } from '../migrations/iam-migrations.ts';
import { createPolicyCache } from '../policy/policy-cache.ts';
import { AccessRow, entities } from '../tables.ts';
import { type Journal, openJournal } from './journal.ts';
import { type AppendToTrails, appendToTrails } from './trail.ts';

const decision = (requestId: string, more: Partial<AccessDecision> = {}): AccessDecision => ({
  requestId,
  accountId: '123456789012',
  principal: 'arn:aws:iam::123456789012:root',
  service: 's3',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bucket/key',
  allowed: true,
  decidedBy: 'rule',
  sourceIp: '127.0.0.1',
  at: '2026-11-25T10:00:00.000Z',
  ...more,
});

describe('the trail in the log', () => {
  let database: TestDatabase;
  let admin: MikroORM;
  let orm: MikroORM;
  let identities: IdentitiesInForce;
  let dir: string;
  let life = 0;

  beforeAll(async () => {
    database = await startTestDatabase();
    orm = await openDatabase({
      url: database.urlOf('iam_authorizer'),
      entities,
      migrations: iamMigrations,
    });
    identities = await loadIdentities(orm.em);
    admin = await openDatabase({ url: database.adminUrl, entities: [], migrations: [] });
  });
  afterAll(async () => {
    await admin.close();
    await orm.close();
    await database.stop();
  });
  beforeEach(() => {
    life += 1;
    dir = mkdtempSync(join(tmpdir(), 'firesteel-decisions-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** A process' journal; left alone, it goes to the log when it is asked to, or closed. */
  const journalOf = (
    append: AppendToTrails = appendToTrails(orm.em),
    more: { readonly life?: number; readonly mostWaiting?: number } = {},
  ): Promise<Journal> =>
    openJournal({ dir, life, append, failed: () => undefined, intervalMs: 1_000_000, ...more });
  const onDisk = (): string =>
    readdirSync(dir)
      .map((name) => readFileSync(join(dir, name), 'utf8'))
      .join('');
  const away: AppendToTrails = async () => {
    throw new Error('the log is away');
  };
  const options = ({ record, inLog }: Pick<Journal, 'record' | 'inLog'>): AuthorizeOptions => {
    const now = () => new Date('2026-11-25T10:00:00Z');
    return {
      em: orm.em,
      masterKey: randomBytes(32),
      identities,
      policies: createPolicyCache(),
      fences: createFencesInForce([], now),
      deferred: createDeferredKeys(now),
      now,
      record,
      inLog,
    };
  };
  /** The request ids in the log of this life, by stream. */
  const inLog = async (): Promise<Record<string, string[]>> => {
    const rows = await admin.em.execute<
      { stream: string; data: { decisions: AccessDecision[] } }[]
    >(
      "select stream, data from log.event where stream like ? and type = 'AccessDecided' order by pos",
      [`access-%.${life}`],
    );
    const streams: Record<string, string[]> = {};
    for (const { stream, data } of rows)
      streams[stream] = [
        ...(streams[stream] ?? []),
        ...data.decisions.map(({ requestId }) => requestId),
      ];
    return streams;
  };

  it('has every decision in a file before its answer leaves, and in the log, each account and day in a stream of its own', async () => {
    const { record, inLog: brought, close } = await journalOf();
    await record(decision('first'));
    expect(onDisk()).toContain('"requestId":"first"');
    await brought();
    expect(await inLog()).toEqual({ [`access-123456789012.20261125.${life}`]: ['first'] });
    await Promise.all([
      record(decision('second')),
      record(decision('nobody', { accountId: null, principal: null, allowed: false })),
      record(decision('tomorrow', { at: '2026-11-26T00:00:00.000Z' })),
    ]);
    await close();
    expect(await inLog()).toEqual({
      [`access-123456789012.20261125.${life}`]: ['first', 'second'],
      [`access-unknown.20261125.${life}`]: ['nobody'],
      [`access-123456789012.20261126.${life}`]: ['tomorrow'],
    });
    const rows = await orm.em.fork().find(AccessRow, { id: `123456789012.20261125.${life}` });
    expect(rows.map(({ state }) => state)).toEqual([
      { allowed: 2, denied: 0, lastAt: '2026-11-25T10:00:00.000Z' },
    ]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('loses none of many at a time, in few events', async () => {
    const { record, close } = await journalOf();
    const asked = Array.from({ length: 1_000 }, (_, index) => `r${index}`);
    await Promise.all(asked.map((requestId) => record(decision(requestId))));
    await close();
    expect(Object.values(await inLog()).flat()).toEqual(asked);
    const [events] = await admin.em.execute<{ count: string }[]>(
      'select count(*) from log.event where stream like ?',
      [`access-%.${life}`],
    );
    expect(Number(events?.count)).toBe(5);
  });

  it('brings what a killed process had answered to the log, once, and not what it was writing', async () => {
    const killed = await journalOf();
    await killed.record(decision('in the log'));
    await killed.inLog();
    await Promise.all(['a', 'b'].map((id) => killed.record(decision(id))));
    const [name = ''] = readdirSync(dir).filter((one) => readFileSync(join(dir, one)).length > 0);
    appendFileSync(join(dir, name), '{"trail":"123456789012.20261125.1","numb');
    const successor = await journalOf(appendToTrails(orm.em), { life: life + 1_000_000 });
    const expected = { [`access-123456789012.20261125.${life}`]: ['in the log', 'a', 'b'] };
    expect(await inLog()).toEqual(expected);
    await successor.close();
    await (await journalOf(appendToTrails(orm.em), { life: life + 2_000_000 })).close();
    expect(await inLog()).toEqual(expected);
  });

  it('appends a decision once, whatever became of the answer to its append', async () => {
    const append = appendToTrails(orm.em);
    let lost = 1;
    const {
      record,
      inLog: brought,
      close,
    } = await journalOf(async (entries) => {
      await append(entries);
      if (lost-- > 0) throw new Error('the answer is lost');
    });
    await record(decision('a'));
    await expect(brought()).rejects.toThrow('the answer is lost');
    await record(decision('b'));
    await close();
    expect(Object.values(await inLog()).flat()).toEqual(['a', 'b']);
  });

  it('keeps what the log does not take, in order', async () => {
    let isAway = true;
    const append = appendToTrails(orm.em);
    const {
      record,
      inLog: brought,
      close,
    } = await journalOf((entries) => (isAway ? away(entries) : append(entries)));
    for (const id of ['a', 'b', 'c']) {
      await record(decision(id));
      await expect(brought()).rejects.toThrow('the log is away');
    }
    isAway = false;
    await close();
    expect(Object.values(await inLog()).flat()).toEqual(['a', 'b', 'c']);
  });

  it('takes no more while too much waits for the log', async () => {
    const { record } = await journalOf(away, { mostWaiting: 2 });
    await record(decision('a'));
    await record(decision('b'));
    await expect(record(decision('more'))).rejects.toThrow('The log takes no decisions.');
  });

  it.each([
    ['a NUL', 'a\u0000b', 'a\ufffdb'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['a character where it is cut', `${'a'.repeat(1_023)}😀`, `${'a'.repeat(1_023)}\ufffd`],
    ['quotes and lines', 'a"\\\n\t\u0001', 'a"\\\n\t\u0001'],
  ])('has a stranger’s request for %s fail nobody else’s', async (_name, resource, kept) => {
    const journal = await journalOf();
    const { record } = journal;
    const stranger = {
      request: null,
      failure: signatureFailure('s3', 'missing'),
      service: 's3',
      action: 's3:GetObject',
      resource,
      sourceIp: '127.0.0.1',
      requestId: 'odd',
    };
    await Promise.all([
      record(decision('under way')),
      record(decision('same batch')),
      authorize(stranger, options(journal)),
    ]);
    await journal.close();
    const rows = await admin.em.execute<{ data: { decisions: AccessDecision[] } }[]>(
      'select data from log.event where stream = ?',
      [`access-unknown.20261125.${life}`],
    );
    expect(rows.flatMap(({ data }) => data.decisions.map((one) => one.resource))).toEqual([kept]);
    expect(Object.values(await inLog()).flat()).toHaveLength(3);
  });

  it('writes all of a batch or nothing, and rejects', async () => {
    const batch = [
      { trail: `1.20261125.${life}`, number: 1, decision: decision('good') },
      { trail: `a\nb.20261125.${life}`, number: 1, decision: decision('bad') },
    ];
    await expect(appendToTrails(orm.em)(batch)).rejects.toThrow();
    expect(await inLog()).toEqual({});
  });

  it('has a fact of a refusal, with what was asked cut to a bearable length', async () => {
    const journal = await journalOf();
    const answer = await authorize(
      {
        request: null,
        failure: signatureFailure('s3', 'missing'),
        service: 's3',
        action: `s3:${'a'.repeat(5_000)}`,
        resource: `arn:aws:s3:::${'b'.repeat(500_000)}`,
        sourceIp: '127.0.0.1',
        requestId: 'refused',
      },
      options(journal),
    );
    await journal.close();
    expect(answer).toEqual({
      allowed: false,
      code: 'AccessDenied',
      status: 403,
      message: 'Access Denied',
    });
    expect(await inLog()).toEqual({ [`access-unknown.20261125.${life}`]: ['refused'] });
    const [row] = await admin.em.execute<{ length: number }[]>(
      'select length(data::text) as length from log.event where stream = ?',
      [`access-unknown.20261125.${life}`],
    );
    expect(row?.length).toBeLessThan(2_000);
  });

  it('gives no answer that could not be written down', async () => {
    const record = async () => {
      throw new Error('the disk is full');
    };
    const asked = authorize(
      {
        request: null,
        service: 's3',
        action: 's3:GetObject',
        resource: '*',
        sourceIp: '127.0.0.1',
        requestId: 'unanswered',
      },
      options({ record, inLog: record }),
    );
    await expect(asked).rejects.toThrow('the disk is full');
  });
});
