/** `npm run replay`: does every row of every service follow from the log? */
import { type Outcome, runAudit, withDatabase } from './command-line.ts';
import { segmentStore } from './config.ts';
import { type Replay, replayLog } from './replaying.ts';
import { services } from './services.ts';
import { type Past, readPast, type Wish } from './time-travel.ts';

const help = `npm run replay [-- --json]
npm run replay -- --until PLACE [--service NAME] [--stream STREAM | --run JOB-RUN-ID | --bill JOB-RUN-ID] [--json]

Folds every stream of the log from nothing and compares every row and column of every service, every
bill and every consumer's place with it, on one snapshot. The last line is the digest of the replayed
rows: the same log gives the same digest in every process. Exit code 0 when nothing differs; 1 with
every difference; 2 when it could not look.

With --until it compares nothing and shows what was: a PLACE is a sequence number or an ISO-8601 time
with its zone. --stream shows the state of one stream (application-…, worker-…), --run that of a job run,
--bill what a run had cost up to then. The digest is that of the rows as they were.`;

/** The lines for people; the digest is always the last. */
const linesOf = ({
  services: counts,
  differences,
  head,
  unsequenced,
  digest,
}: Replay): string[] => [
  ...counts.map(
    ({ service, streams, events, rows }) =>
      `${service.padEnd(22)} ${streams} streams, ${events} events, ${rows} rows`,
  ),
  ...differences,
  `${differences.length} differences up to event ${head}${unsequenced > 0 ? ` and ${unsequenced} that wait for their place` : ''}`,
  `digest ${digest}`,
];

const pastLines = ({ until, streams, events, shown, digest }: Past, asked: boolean): string[] => [
  `up to event ${until}: ${streams} streams, ${events} events`,
  ...(asked ? [shown === null ? 'It was not there yet.' : JSON.stringify(shown, null, 2)] : []),
  `digest ${digest}`,
];

async function pastOutcome(wish: Wish): Promise<Outcome> {
  const past = await withDatabase((em) => readPast(em, services, wish, segmentStore()));
  const asked = wish.stream !== undefined || wish.bill !== undefined;
  return { sound: true, lines: pastLines(past, asked), report: past };
}

async function comparison(): Promise<Outcome> {
  const replay = await withDatabase((em) => replayLog(em, services, undefined, segmentStore()));
  return { sound: replay.differences.length === 0, lines: linesOf(replay), report: replay };
}

process.exitCode = await runAudit(process.argv.slice(2), {
  help,
  options: {
    until: { type: 'string' },
    service: { type: 'string' },
    stream: { type: 'string' },
    run: { type: 'string' },
    bill: { type: 'string' },
  },
  run: ({ until, service, stream, run, bill }) => {
    if (until !== undefined)
      return pastOutcome({
        until,
        service,
        stream: run === undefined ? stream : `job-run-${run}`,
        bill,
      });
    if ([service, stream, run, bill].some((word) => word !== undefined))
      throw new Error('--service, --stream, --run and --bill show what was: say --until when.');
    return comparison();
  },
});
