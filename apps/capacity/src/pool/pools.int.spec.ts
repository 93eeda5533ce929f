/** Pre-initialised workers on a real PostgreSQL: from the start of an application to its stop. */
import { readStream } from '@firesteel/event-store';
import { type FleetUnderTest, startFleetUnderTest, zone } from '../fleet/fleet-under-test.ts';

describe('a pool', () => {
  let subject: FleetUnderTest;
  beforeAll(async () => {
    subject = await startFleetUnderTest();
  });
  afterEach(() => subject.clear());
  afterAll(() => subject.stop());

  const poolEvents = async (since: number): Promise<string[]> =>
    (await readStream(subject.orm.em, 'pool-app')).slice(since).map(({ type }) => type);
  /** The pool's stream lives on from test to test: only what comes after counts. */
  const already = async (): Promise<number> =>
    (await readStream(subject.orm.em, 'pool-app')).length;
  const poolIds = async (): Promise<string[]> =>
    (await subject.fleet()).workers.filter(({ pooled }) => pooled).map(({ workerId }) => workerId);
  const begin = async (executors: number): Promise<void> => {
    await subject.startApplication(executors);
    await subject.round();
    await subject.obey();
  };

  it('is ready once all its workers are, and only then (row 3)', async () => {
    const before = await already();
    await subject.startApplication(2);
    await subject.round();
    const [first, ...rest] = await poolIds();
    expect([first, ...rest]).toHaveLength(3);
    for (const workerId of rest) await subject.say(workerId, { kind: 'ready', bootMs: 1 });
    await subject.round();
    expect(await poolEvents(before)).toEqual(['PoolRequested', 'PoolPlaced']);
    await subject.say(String(first), { kind: 'ready', bootMs: 1 });
    await subject.round();
    expect(await poolEvents(before)).toEqual(['PoolRequested', 'PoolPlaced', 'PoolReady']);
  });

  it('gives its workers to a run, once, and is filled again when they end', async () => {
    await begin(1);
    const ids = await poolIds();
    await subject.submit('warm');
    await subject.round();
    expect((await subject.told()).map(({ type }) => type)).toEqual(['bind']);
    await subject.obey();
    await subject.drive('warm', 1);
    await subject.round();
    await subject.obey();
    const serving = (await subject.fleet()).workers.map(({ workerId, jobRunId, status }) => ({
      ...{ workerId, jobRunId, status },
    }));
    expect(serving).toEqual(
      expect.arrayContaining(
        ids.map((workerId) => ({ workerId, jobRunId: 'warm', status: 'BOUND' })),
      ),
    );
    expect(serving).toHaveLength(2);
    const driver = (await subject.fleet()).workers.find(({ executorId }) => executorId === null);
    await subject.exit(String(driver?.workerId), 0);
    expect(await subject.endOf('warm')).toMatchObject(['ENDED', { kind: 'driverExited' }]);
    await subject.round();
    await subject.obey();
    await subject.obey();
    const filled = await poolIds();
    expect(filled).toHaveLength(2);
    expect(filled.filter((workerId) => ids.includes(workerId))).toEqual([]);
  });

  it('is released when its application stops, and gone once its workers are', async () => {
    await begin(1);
    const before = await already();
    await subject.stopApplication();
    await subject.round();
    expect((await subject.told()).map(({ type }) => type)).toEqual(['stop', 'stop']);
    expect(await poolEvents(before)).toEqual(['PoolReleasing']);
    await subject.obey();
    expect(await poolEvents(before)).toEqual(['PoolReleasing', 'PoolReleased']);
    expect(await poolIds()).toEqual([]);
  });

  it('of a thousand workers is refused in words, and nothing is started', async () => {
    const before = await already();
    await subject.startApplication(1_000);
    await subject.round();
    const [, failed] = (await readStream(subject.orm.em, 'pool-app')).slice(before);
    expect(failed).toMatchObject({
      type: 'PoolFailed',
      data: {
        reason: expect.stringContaining('1001 workers (4004 vCPU and 16016 GB) fits into no zone'),
      },
    });
    expect(await poolIds()).toEqual([]);
  });

  it('fails when its workers die again and again before they are ready', async () => {
    const before = await already();
    await subject.startApplication(3);
    await subject.round();
    for (const workerId of (await poolIds()).slice(0, 3))
      await subject.say(workerId, { kind: 'launchFailed', reason: 'no runtime' });
    await subject.round();
    expect(await poolEvents(before)).toEqual([
      'PoolRequested',
      'PoolPlaced',
      'PoolWorkerFailed',
      'PoolWorkerFailed',
      'PoolWorkerFailed',
      'PoolFailed',
    ]);
    await subject.obey();
    await subject.obey();
    expect(await poolIds()).toEqual([]);
  });

  it('replaces a worker that died, after a pause, and asks to be woken for that', async () => {
    await begin(1);
    for (const workerId of await poolIds()) await subject.exit(workerId, 1);
    expect(await subject.round()).toMatchObject({ againMs: expect.any(Number) });
    await subject.round();
    await subject.round();
    expect(await poolIds()).toHaveLength(2);
  });

  it('moves when its zone takes no work, without a restart of the application', async () => {
    await begin(1);
    const ids = await poolIds();
    const other = { ...zone, zone: 'zone-b' };
    await subject.round([other]);
    await subject.obey([other]);
    const workers = (await subject.fleet()).workers.filter(({ stopReason }) => stopReason === null);
    expect(workers.map((worker) => [worker.zone, worker.status])).toEqual([
      ['zone-b', 'READY'],
      ['zone-b', 'READY'],
    ]);
    const old = (await subject.fleet()).workers.filter(({ workerId }) => ids.includes(workerId));
    expect(old.map(({ stopReason }) => stopReason)).toEqual(
      Array(2).fill('its zone takes no work'),
    );
  });

  it('starts a run cold beside it when it does not match, and says so', async () => {
    await begin(1);
    const driver = {
      ...{ size: { vcpu: 8, memoryMb: 32_768, diskGb: 20 }, heapMb: 28_672, javaOptions: [] },
    };
    await subject.submit('large', { driver });
    await subject.round();
    const events = await readStream(subject.orm.em, 'allocation-large');
    expect(events.at(-1)).toMatchObject({
      type: 'AllocationGranted',
      data: { poolMismatch: expect.stringContaining('The driver starts cold') },
    });
    const driving = (await subject.fleet()).workers.find(({ workerId }) => workerId === 'large-0');
    expect(driving).toMatchObject({ pooled: false, size: driver.size });
  });
});
