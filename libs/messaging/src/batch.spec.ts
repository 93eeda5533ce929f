import { upcasters } from '@firesteel/contracts/upcasting';
import { Gap, nextInOrder, type Placed } from './batch.ts';
import type { Publishable } from './producer.ts';
import { endOf, fromMessage, toMessage } from './producer.ts';
import { ReactionFailed, react } from './reaction.ts';

/** These reactions touch none. */
const noDatabase = null as unknown as Parameters<typeof react>[2];

const event = (globalSeq: number, incarnation = 'life'): Publishable => ({
  globalSeq,
  stream: 'job-run-1',
  version: globalSeq,
  eventId: `id-${globalSeq}`,
  type: 'JobRunStarted',
  recordedAt: '2026-11-25T10:00:00.000000Z',
  data: { at: '2026-11-25T10:00:00.000Z' },
  meta: { traceparent: '00-aa-bb-01' },
  incarnation,
});
const placed = (...events: Publishable[]): Placed[] =>
  events.map((one, index) => ({ ...one, offset: BigInt(index), event: () => one }));
const inLife = (...seqs: number[]): Placed[] => placed(...seqs.map((seq) => event(seq)));
const seqsOf = (messages: readonly Placed[]): number[] =>
  messages.map(({ globalSeq }) => globalSeq);

describe('nextInOrder', () => {
  it.each<[string, number, number[], number[]]>([
    ['takes what comes next', 3, [4, 5, 6], [4, 5, 6]],
    ['leaves out what was seen', 5, [3, 4, 5, 6], [6]],
    ['leaves out what comes twice', 0, [1, 2, 1, 2, 3], [1, 2, 3]],
    ['takes nothing of nothing', 7, [], []],
  ])('%s', (_name, seen, seqs, taken) => {
    expect(seqsOf(nextInOrder(seen, 'life', inLife(...seqs)))).toEqual(taken);
  });

  it.each([
    ['behind the cursor', 3, [5]],
    ['inside a batch', 3, [4, 6]],
  ])('refuses a hole %s', (_name, seen, seqs) => {
    expect(() => nextInOrder(seen, 'life', inLife(...seqs))).toThrow(Gap);
  });

  it.each<[string, number, number[], number[]]>([
    [
      'passes what is ahead of it, which comes again',
      4,
      [8, 9, 4, 5, 6, 7, 8, 9, 10],
      [4, 5, 6, 7, 8, 9, 10],
    ],
    ['finds nothing where it is not', 4, [1, 2, 3, 8, 9], []],
  ])('looking for an event %s', (_name, sought, seqs, taken) => {
    expect(seqsOf(nextInOrder(3, 'life', inLife(...seqs), sought))).toEqual(taken);
  });

  it('refuses another hole than that of the event it looks for', () => {
    expect(() => nextInOrder(3, 'life', inLife(8, 4, 6), 4)).toThrow(new Gap(5, 6));
  });

  it('ignores another life of the log, whatever its numbers', () => {
    const both = placed(event(4, 'before the restore'), event(4));
    expect(nextInOrder(3, 'life', both).map(({ incarnation }) => incarnation)).toEqual(['life']);
  });
});

describe('a reaction', () => {
  const steps: Record<string, unknown> = upcasters;
  afterEach(() => {
    delete steps['JobRunStarted'];
  });

  it('sees an event in today’s shape, whatever it was written in', async () => {
    steps['JobRunStarted'] = [({ at }: { at: string }) => ({ startedAt: at })];
    const seen: unknown[] = [];
    const see = async ({ data }: { data: unknown }): Promise<void> => {
      seen.push(data);
    };
    const newer = {
      ...event(8),
      data: { startedAt: 'then' },
      meta: { schemaVersions: { JobRunStarted: 2 } },
    };
    for (const one of [event(7), newer]) await react(see, one, noDatabase);
    expect(seen).toEqual([{ startedAt: '2026-11-25T10:00:00.000Z' }, { startedAt: 'then' }]);
  });

  it('fails for an event of a version that comes later, which is then parked', async () => {
    const later = { ...event(7), meta: { schemaVersions: { JobRunStarted: 2 } } };
    await expect(react(async () => {}, later, noDatabase)).rejects.toThrow(ReactionFailed);
  });
});

describe('a message', () => {
  it('brings back the event that it was made from', () => {
    const message = toMessage(event(7));
    expect(fromMessage({ value: String(message.value), headers: message.headers ?? {} })).toEqual(
      event(7),
    );
  });

  it('is a CloudEvent in binary mode', () => {
    expect(toMessage(event(7))).toMatchObject({
      key: 'job-run-1',
      headers: {
        ce_specversion: '1.0',
        ce_type: 'firesteel.JobRunStarted.v1',
        ce_subject: 'job-run-1',
        traceparent: '00-aa-bb-01',
      },
    });
  });

  it('names the version in which its data were written', () => {
    const meta = { schemaVersions: { JobRunStarted: 12 } };
    const message = toMessage({ ...event(7), meta });
    expect(message.headers).toMatchObject({ ce_type: 'firesteel.JobRunStarted.v12' });
    expect(
      fromMessage({ value: String(message.value), headers: message.headers ?? {} }),
    ).toMatchObject({ type: 'JobRunStarted', meta });
  });

  it('is refused when it is not from the ledger', () => {
    expect(() => fromMessage({ value: '{}', headers: {} })).toThrow('not from the ledger');
  });
});

describe('the end of the topic', () => {
  const endAfter = (...seqs: number[]): number | undefined =>
    endOf(seqs.map((globalSeq) => ({ globalSeq, incarnation: 'life' })))?.globalSeq;

  it.each<[string, number[], number | undefined]>([
    ['of nothing', [], undefined],
    ['in order', [7, 8, 9], 9],
    ['told again', [7, 8, 9, 7, 8], 9],
    ['told again from before what is looked at', [7, 5, 6, 7, 8], 8],
    ['ahead of a hole', [7, 8, 12, 13], 8],
    ['ahead of a hole that was filled behind it', [7, 8, 12, 13, 9, 10, 11, 12], 12],
  ])('%s', (_name, seqs, end) => {
    expect(endAfter(...seqs)).toBe(end);
  });

  it('is that of the newest life, wherever the one before it was', () => {
    const lives = [
      { globalSeq: 900, incarnation: 'before the restore' },
      { globalSeq: 1, incarnation: 'life' },
      { globalSeq: 2, incarnation: 'life' },
    ];
    expect(endOf(lives)).toEqual({ globalSeq: 2, incarnation: 'life' });
  });
});
