/** A zone falls silent or is taken out, on a real PostgreSQL: fenced first, then run elsewhere. */
import { load } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { takeHello } from '../agents/take-message.ts';
import { type FleetUnderTest, startFleetUnderTest, zone } from '../fleet/fleet-under-test.ts';
import { zones as zoneStates } from '../fleet/tables.ts';
import type { SeenZone } from '../fleet/zones.ts';
import { loseZones, noticeSilence, type ZoneWatch } from './zone-loss.ts';

const later = (seconds: number): string =>
  new Date(Date.parse('2026-11-25T10:00:00.000Z') + seconds * 1_000).toISOString();

describe('zones on PostgreSQL', () => {
  let subject: FleetUnderTest;
  let fenced: [string, number][];
  beforeAll(async () => {
    subject = await startFleetUnderTest();
  });
  beforeEach(() => {
    fenced = [];
  });
  afterEach(() => subject.clear());
  afterAll(() => subject.stop());

  const silent = (name: string, silentSeconds: number, lastSeenAt = later(5_000)): SeenZone => ({
    ...zone,
    ...{ zone: name, connected: false, lastSeenAt, silentMs: silentSeconds * 1_000 },
    proof: { at: lastSeenAt, agoMs: silentSeconds * 1_000 },
  });
  const present = (name: string): SeenZone => ({ ...silent(name, 0), connected: true });
  const watch = (at: string, ...zones: SeenZone[]): ZoneWatch => ({
    observedMs: () => null,
    seen: zones,
    zoneSubnets: {},
    silenceMs: 20_000,
    fence: async (jobRunId, belowAttempt) => {
      fenced.push([jobRunId, belowAttempt]);
    },
    at,
    metaOf: () => ({}),
  });
  const impaired = async (name: string) =>
    (await load(subject.orm.em.fork(), zoneStates, name)).state.impairedBy;
  const running = async (jobRunId: string): Promise<void> => {
    await subject.submit(jobRunId);
    await subject.round();
    await subject.obey();
  };
  const lose = async (given: ZoneWatch): Promise<void> => {
    await noticeSilence(subject.orm.em, await subject.fleet(), given);
    await loseZones(subject.orm.em, await subject.fleet(), given);
  };
  it.each<[string, SeenZone[], string | null]>([
    ['is given time', [silent('zone-a', 19), present('zone-b')], null],
    ['is impaired after a while', [silent('zone-a', 21), present('zone-b')], 'silence'],
    ['stays when there is no other', [silent('zone-a', 4_999)], null],
    [
      'stays when the other is silent, too: the control plane may be what is cut off',
      [silent('zone-a', 4_999), silent('zone-b', 4_999)],
      null,
    ],
  ])('a silent zone %s', async (_name, zones, expected) => {
    await lose(watch(later(9_000), ...zones));
    expect(await impaired('zone-a')).toBe(expected);
  });

  it.each([
    ['by our own clock, whatever the other says', 'watched', 62_000, {}, 37_000],
    ['by the wall clock where we began after it was ready', 'older', null, {}, 7_000],
    ['never below nothing', 'brief', 15_000, {}, 0],
    ['nothing, when what its agent said was not taken', 'unproven', 62_000, { proof: null }, 0],
  ])(
    'closes a lost worker at the last sign of life, less its way: %s',
    async (_name, jobRunId, observedMs, sign, paid) => {
      await running(jobRunId);
      const worker = await subject.workerOf(`${jobRunId}-0`);
      const readyAt = Date.parse('readyAt' in worker ? String(worker.readyAt) : '');
      const lastSeenAt = new Date(readyAt + 12_000).toISOString();
      const lost = { ...silent('zone-a', 20, lastSeenAt), ...sign };
      const given = watch(later(9_000), lost, present('zone-b'));
      await lose({ ...given, observedMs: () => observedMs });
      expect(await subject.workerOf(`${jobRunId}-0`)).toMatchObject({ readyMs: paid });
    },
  );

  it('fences an attempt before it ends it, and closes its workers at the last sign of life', async () => {
    await running('lost');
    const worker = await subject.workerOf('lost-0');
    const readyAt = Date.parse('readyAt' in worker ? String(worker.readyAt) : '');
    const lastSeenAt = new Date(readyAt + 42_000).toISOString();
    const at = new Date(readyAt + 142_000).toISOString();
    const cannotFence = {
      ...watch(at, silent('zone-a', 100, lastSeenAt), present('zone-b')),
      fence: () => Promise.reject(new Error('away')),
    };
    await expect(lose(cannotFence)).rejects.toThrow('away');
    expect(await subject.endOf('lost')).toEqual(['GRANTED', null]);
    await lose(watch(at, silent('zone-a', 100, lastSeenAt), present('zone-b')));
    expect(fenced).toEqual([['lost', 2]]);
    expect(await subject.endOf('lost')).toMatchObject([
      'ENDED',
      { kind: 'zoneLost', zone: 'zone-a' },
    ]);
    expect(await subject.workerOf('lost-0')).toMatchObject({ status: 'EXITED', readyMs: 37_000 });
    expect((await subject.fleet()).workers).toEqual([]);
    await subject.retry('lost', 2);
    await subject.round([{ ...zone, zone: 'zone-b' }]);
    expect(Object.keys(await subject.statuses())).toEqual(['lost.2-0', 'lost.2-1']);
  });

  it('kills on first contact what lives on of a superseded attempt', async () => {
    await running('back');
    const at = later(9_000);
    await lose(watch(at, silent('zone-a', 100), present('zone-b')));
    const sent: object[] = [];
    const agent = {
      agentId: 'a',
      zone,
      send: (commands: readonly object[]) => sent.push(...commands),
    };
    const taking = { em: subject.orm.em, at: subject.at, metaOf: () => ({}) };
    const workers = [{ workerId: 'back-0', state: 'bound' } as const];
    const hello = { type: 'hello', agentId: 'a', zone: 'zone-a', capacity: zone, workers } as const;
    await takeHello(taking, agent, hello);
    expect(sent).toEqual([{ type: 'stop', workerId: 'back-0', reason: 'superseded', graceMs: 0 }]);
    expect(await impaired('zone-a')).toBeNull();
  });

  it('stops the workers of a zone that an operator took out, whose agent is there', async () => {
    await running('moved');
    const at = later(6_000);
    const command = {
      type: 'ImpairZone',
      zone: 'zone-a',
      by: 'operator',
      reason: 'works',
      at,
    } as const;
    await handle(subject.orm.em, zoneStates, 'zone-a', command);
    await lose(watch(at, present('zone-a'), present('zone-b')));
    expect(await subject.endOf('moved')).toMatchObject(['ENDED', { kind: 'zoneLost' }]);
    await subject.round([{ ...zone, zone: 'zone-b' }]);
    expect((await subject.told()).map(({ type }) => type)).toEqual(['stop', 'stop']);
  });

  it('leaves an attempt where it is when there is nowhere else', async () => {
    await running('stays');
    const at = later(6_000);
    const command = {
      type: 'ImpairZone',
      zone: 'zone-a',
      by: 'operator',
      reason: 'works',
      at,
    } as const;
    await handle(subject.orm.em, zoneStates, 'zone-a', command);
    await lose(watch(at, present('zone-a')));
    expect([await subject.endOf('stays'), fenced]).toEqual([['GRANTED', null], []]);
  });

  it('ends a cancelled run whose zone is lost as cancelled', async () => {
    await running('given-up');
    await subject.cancel('given-up');
    const at = later(9_000);
    await lose(watch(at, silent('zone-a', 100), present('zone-b')));
    expect(await subject.endOf('given-up')).toEqual(['ENDED', { kind: 'cancelled' }]);
  });
});
