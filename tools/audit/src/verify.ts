/** `npm run verify`: is the log what was sequenced, byte for byte? */
import { type Outcome, runAudit, withDatabase } from './command-line.ts';
import { segmentStore } from './config.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import { type FileVerification, verifyFiles, verifySegments } from './file-verification.ts';
import { type Verification, verifyLog } from './verification.ts';

const help = `npm run verify [-- --public-key FILE] [--checkpoints FILE | --head SEQ:HASH] [--json]
npm run verify -- --from-export FILE … [--public-key FILE] [--checkpoints FILE | --head SEQ:HASH]
npm run verify -- --segments PLACE [--public-key FILE] [--checkpoints FILE | --head SEQ:HASH]

Recomputes the hash chain over every event, oldest first, past every signed checkpoint. Exit code 0 when
the log is what was sequenced; 1 with the first bad sequence number and what is wrong with it; 2 when it
could not look.

  --public-key FILE   the ledger's public key (firesteel key), kept outside of the installation
  --checkpoints FILE  a copy of the ledger's checkpoints, kept outside; with the .leaves beside it
  --head SEQ:HASH     the last line of an earlier verification, kept outside
  --from-export FILE  verify exports or proofs, and no database; may be given more than once
  --segments PLACE    verify segments, and no database: a folder, s3://bucket/prefix (with S3_ENDPOINT,
                      SEGMENT_ACCESS_KEY_ID, SEGMENT_SECRET_ACCESS_KEY) or object-store, the installation's own
  --json              for programs`;

const problemLine = ({ problem }: Pick<Verification, 'problem'>): string[] =>
  problem === null
    ? []
    : [`first bad sequence number ${problem.globalSeq}: ${problem.kind}: ${problem.detail}`];

const passed = ({ checkpoints, unsigned }: Pick<Verification, 'checkpoints' | 'unsigned'>) =>
  `passed ${checkpoints} checkpoints, ${unsigned} events after the last`;

/** The lines for people. */
function linesOf(report: Verification): string[] {
  const { verified, head, unsequenced, problem } = report;
  const waiting =
    unsequenced > 0
      ? [`${unsequenced} events wait for their place and are not in the chain yet`]
      : [];
  if (problem !== null)
    return [...waiting, `${verified} events verified before it`, ...problemLine(report)];
  return [
    ...waiting,
    ...report.untold,
    passed(report),
    `verified ${verified} events, head ${verified}:${head}`,
  ];
}

function fileLines(report: FileVerification): string[] {
  const { verified, first, head, problem } = report;
  if (problem !== null) return [`${verified} events verified before it`, ...problemLine(report)];
  const end = head === null ? '' : `, head ${first + verified - 1}:${head}`;
  return [...report.untold, passed(report), `verified ${verified} events${end}`];
}

/** What to verify instead of the database. */
type Alone = {
  readonly files: readonly string[] | undefined;
  readonly segments: string | undefined;
};

async function outcomeOf({ files, segments }: Alone, evidence: Evidence): Promise<Outcome> {
  if (files !== undefined || segments !== undefined) {
    const report =
      segments === undefined
        ? await verifyFiles(files ?? [], evidence)
        : await verifySegments(segmentStore(segments), evidence);
    return { sound: report.problem === null, lines: fileLines(report), report };
  }
  const report = await withDatabase((em) => verifyLog(em, evidence, segmentStore()));
  return { sound: report.problem === null, lines: linesOf(report), report };
}

process.exitCode = await runAudit(process.argv.slice(2), {
  help,
  options: {
    'public-key': { type: 'string' },
    checkpoints: { type: 'string' },
    head: { type: 'string' },
    'from-export': { type: 'string', multiple: true },
    segments: { type: 'string' },
  },
  run: async (values) => {
    const evidence = await readEvidence({
      publicKey: values['public-key'],
      checkpoints: values.checkpoints,
      head: values.head,
    });
    return outcomeOf({ files: values['from-export'], segments: values.segments }, evidence);
  },
});
