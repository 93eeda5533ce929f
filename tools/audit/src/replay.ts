/** `npm run replay`: does every row of every service follow from the log? */
import { runAudit, withDatabase } from './command-line.ts';
import { type Replay, replayLog } from './replaying.ts';
import { services } from './services.ts';

const help = `npm run replay [-- --json]

Folds every stream of the log from nothing and compares every row and column of every service, every
bill and every consumer's place with it, on one snapshot. The last line is the digest of the replayed
rows: the same log gives the same digest in every process. Exit code 0 when nothing differs; 1 with
every difference; 2 when it could not look.`;

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

process.exitCode = await runAudit(process.argv.slice(2), {
  help,
  options: {},
  run: async () => {
    const replay = await withDatabase((em) => replayLog(em, services));
    return { sound: replay.differences.length === 0, lines: linesOf(replay), report: replay };
  },
});
