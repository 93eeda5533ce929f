/** `npm run verify`: is the log what was sequenced, byte for byte? */
import { type Outcome, runAudit } from './command-line.ts';
import { type Verification, verifyLog } from './verification.ts';

const help = `npm run verify [-- --json]

Recomputes the hash chain over every event, oldest first. Exit code 0 when the log is what was
sequenced; 1 with the first bad sequence number and what is wrong with it; 2 when it could not look.
Keep the printed head in another place: it proves later that nothing before it was changed.`;

/** The lines for people. */
function linesOf({ verified, head, unsequenced, problem }: Verification): string[] {
  const waiting =
    unsequenced > 0
      ? [`${unsequenced} events wait for their place and are not in the chain yet`]
      : [];
  if (problem === null) return [...waiting, `verified ${verified} events, head ${head}`];
  return [
    ...waiting,
    `${verified} events verified before it`,
    `first bad sequence number ${problem.globalSeq}: ${problem.kind}: ${problem.detail}`,
  ];
}

process.exitCode = await runAudit(process.argv.slice(2), help, async (em): Promise<Outcome> => {
  const verification = await verifyLog(em);
  return {
    sound: verification.problem === null,
    lines: linesOf(verification),
    report: verification,
  };
});
