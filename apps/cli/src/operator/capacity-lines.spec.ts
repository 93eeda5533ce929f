import { paintWith } from '../terminal/paint.ts';
import { answeredCapacity } from './capacity.fixture.ts';
import { capacityLines, capacityReport } from './capacity-lines.ts';

const prices = {
  priceListId: 'us-east-1.x86_64.2023-02-01',
  currency: 'USD',
  vcpuHourE10: 526_240_000,
  memoryGbHourE10: 57_785_000,
  storageGbHourE10: 1_110_000,
} as const;
const application = {
  applicationId: '00f1cbsc6anuij25',
  name: 'mine',
  releaseLabel: 'emr-7.13.0',
  state: 'STARTED',
};
const now = Date.parse('2026-11-26T10:01:00.000Z');
const plain = paintWith(false);

describe('capacityLines', () => {
  it('says who holds what, who waits for what, and what it costs', () => {
    expect(capacityLines(application, answeredCapacity, prices, now, plain)).toEqual([
      'Application 00f1cbsc6anuij25 mine, emr-7.13.0, STARTED',
      'Pool  READY in zone-a; 1 SPARK_DRIVER: 0 ready, 1 serving; 1 SPARK_EXECUTOR: 1 ready, 0 serving',
      'Room  8 vCPU, 16 GB under its maximumCapacity; zone-a HEALTHY 8 vCPU, 68.3 GB',
      '',
      'WORKER  TYPE            STATUS              SERVES             ZONE    VCPU  MEMORY   DISK      SINCE  USD A SECOND  WHY',
      'w1      SPARK_DRIVER    BOUND               00f1run attempt 2  zone-a     4   16 GB  20 GB  1 min 0 s  0.0000841533  pre-initialised',
      'w2      SPARK_EXECUTOR  LAUNCHED, stopping  pool               zone-a     4   16 GB  20 GB     10.0 s  0.0000000000  the application stops',
      'total                                                                     8   32 GB  40 GB             0.0000841533',
      '',
      'WAITS      SINCE  FOR',
      '00f1other  5.0 s  no zone has room',
      '',
      '2026-11-26T10:00:50.000Z  w2 was asked for: pre-initialised',
    ]);
  });
  it('says so when there is nothing', () => {
    const empty = {
      ...answeredCapacity,
      pool: null,
      workers: [],
      waiting: [],
      recent: [],
      room: { application: null, zones: [] },
    };
    expect(capacityLines(application, empty, prices, now, plain).slice(1)).toEqual([
      'Pool  none: every run starts cold',
      'Room  no maximumCapacity',
      '',
      'It holds no worker, and costs nothing.',
      '',
      'Nobody waits.',
    ]);
  });
  it('does not guess prices', () => {
    const lines = capacityLines(application, answeredCapacity, undefined, now, plain);
    expect(lines.find((line) => line.startsWith('total'))).toMatch(/\?$/);
  });
});

describe('capacityReport', () => {
  it('is capacity’s answer and the cost', () => {
    expect(capacityReport(answeredCapacity, prices)).toEqual({
      ...answeredCapacity,
      cost: {
        currency: 'USD',
        priceListId: 'us-east-1.x86_64.2023-02-01',
        perSecond: '0.0000841533',
        workers: [
          { workerId: 'w1', perSecond: '0.0000841533' },
          { workerId: 'w2', perSecond: '0.0000000000' },
        ],
      },
    });
    expect(capacityReport(answeredCapacity, undefined)).toMatchObject({ cost: null });
  });
});
