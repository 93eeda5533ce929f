/** An application's capacity as a person reads it: what it holds, what waits, what there is room for, what happened. */
import type { Paint } from '../terminal/paint.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { durationText } from '../terminal/units.ts';
import type { ApplicationCapacity, HeldWorker, KnownApplication } from './answers.ts';
import { isBilled, moneyText, secondE10 } from './cost.ts';
import type { Prices } from './prices.ts';

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

const agoText = (at: string, nowMs: number): string =>
  durationText(Math.max(0, nowMs - Date.parse(at)));

/** AWS' sizes are whole GB; what is left of a machine is not. */
export const gbText = (memoryMb: number): string => `${Math.round(memoryMb / 102.4) / 10} GB`;

const runText = (jobRunId: string, attempt: number | null): string =>
  attempt === null || attempt === 1 ? jobRunId : `${jobRunId} attempt ${attempt}`;

const costOf = (workers: readonly HeldWorker[], prices: Prices | undefined): string =>
  prices === undefined
    ? '?'
    : moneyText(
        secondE10(
          workers.filter(isBilled).map(({ size }) => size),
          prices,
        ),
      );

const workerRow = (worker: HeldWorker, prices: Prices | undefined, nowMs: number): string[] => [
  worker.workerId,
  worker.workerType,
  worker.stopReason === null ? worker.status : `${worker.status}, stopping`,
  worker.jobRunId === null ? 'pool' : runText(worker.jobRunId, worker.attempt),
  worker.zone,
  String(worker.size.vcpu),
  gbText(worker.size.memoryMb),
  `${worker.size.diskGb} GB`,
  agoText(worker.since, nowMs),
  costOf([worker], prices),
  worker.stopReason ?? worker.reason ?? '',
];

/** Workers and their total; what is not ready yet costs nothing yet. */
function workerLines(
  { workers, held }: ApplicationCapacity,
  prices: Prices | undefined,
  nowMs: number,
  paint: Paint,
): string[] {
  if (workers.length === 0) return ['It holds no worker, and costs nothing.'];
  const columns = [
    ...[left('WORKER'), left('TYPE'), left('STATUS'), left('SERVES'), left('ZONE')],
    ...[right('VCPU'), right('MEMORY'), right('DISK'), right('SINCE')],
    ...[right(`${prices?.currency ?? 'USD'} A SECOND`), left('WHY')],
  ];
  const inOrder = workers.toSorted((a, b) =>
    a.workerId.localeCompare(b.workerId, 'en', { numeric: true }),
  );
  const total = ['total', '', '', '', '', String(held.vcpu), gbText(held.memoryMb)];
  const rows = [
    ...inOrder.map((worker) => workerRow(worker, prices, nowMs)),
    [...total, `${held.diskGb} GB`, '', costOf(workers, prices), ''],
  ];
  return tableLines(columns, rows, (text, row) => (row === -1 ? paint.dim(text) : text));
}

function waitingLines({ waiting }: ApplicationCapacity, nowMs: number, paint: Paint): string[] {
  if (waiting.length === 0) return ['Nobody waits.'];
  const rows = waiting.map(({ jobRunId, attempt, reason, since }) => [
    runText(jobRunId, attempt),
    agoText(since, nowMs),
    reason ?? '',
  ]);
  return tableLines([left('WAITS'), right('SINCE'), left('FOR')], rows, (text, row) =>
    row === -1 ? paint.dim(text) : text,
  );
}

function poolLine({ pool }: ApplicationCapacity): string {
  if (pool === null) return 'Pool  none: every run starts cold';
  const types = pool.workers.map(
    ({ workerType, count, ready, serving }) =>
      `${count} ${workerType}: ${ready} ready, ${serving} serving`,
  );
  const where = pool.zone === null ? '' : ` in ${pool.zone}`;
  const why = pool.reason ? ` (${pool.reason})` : '';
  return [`Pool  ${pool.status}${where}${why}`, ...types].join('; ');
}

function roomLines({ room }: ApplicationCapacity): string[] {
  const { application } = room;
  const limit =
    application === null
      ? 'no maximumCapacity'
      : `${application.vcpu} vCPU, ${gbText(application.memoryMb)}${application.diskGb === null ? '' : `, ${application.diskGb} GB of disk`} under its maximumCapacity`;
  const zones = room.zones.map(
    ({ zone, state, vcpu, memoryMb }) => `${zone} ${state} ${vcpu} vCPU, ${gbText(memoryMb)}`,
  );
  return [`Room  ${[limit, ...zones].join('; ')}`];
}

const recentLines = ({ recent }: ApplicationCapacity): string[] =>
  recent.length === 0
    ? []
    : ['', ...recent.map(({ at, what, reason }) => `${at}  ${what}${reason ? `: ${reason}` : ''}`)];

const headline = ({ applicationId, name, releaseLabel, state }: KnownApplication): string =>
  `Application ${applicationId}${name ? ` ${name}` : ''}, ${releaseLabel}, ${state}`;

/**
 * The lines that `capacity` prints.
 * @param prices undefined: billing has published none yet
 */
export const capacityLines = (
  application: KnownApplication,
  view: ApplicationCapacity,
  prices: Prices | undefined,
  nowMs: number,
  paint: Paint,
): string[] => [
  paint.bold(headline(application)),
  poolLine(view),
  ...roomLines(view),
  '',
  ...workerLines(view, prices, nowMs, paint),
  '',
  ...waitingLines(view, nowMs, paint),
  ...recentLines(view),
];

/** The same for programs: capacity's own answer, and beside it the cost. Money is decimal text. */
export const capacityReport = (view: ApplicationCapacity, prices: Prices | undefined): object => ({
  ...view,
  cost:
    prices === undefined
      ? null
      : {
          currency: prices.currency,
          priceListId: prices.priceListId,
          perSecond: costOf(view.workers, prices),
          workers: view.workers.map((worker) => ({
            workerId: worker.workerId,
            perSecond: costOf([worker], prices),
          })),
        },
});
