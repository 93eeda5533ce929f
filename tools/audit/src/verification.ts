/**
 * Recomputes the hash chain over the whole log, past every signed checkpoint, and names the first place
 * where it is not what was sequenced.
 */
import { chainHash, eventOf, genesis } from '@firesteel/event-store/chain';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { checkpointLine, lineText } from '@firesteel/event-store/log-file';
import { lastDropped, readSegments, type Segment } from '@firesteel/event-store/segment';
import { noStore, type SegmentStore } from '@firesteel/event-store/segment-store';
import { readCheckpoints } from '@firesteel/ledger/checkpointer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Evidence, noEvidence, soundCheckpoints, untold } from './evidence.ts';
import { segmentPiece } from './log-files.ts';
import { LogWalk } from './log-walk.ts';
import { walkPieces } from './piece-walk.ts';
import { readPlaced } from './placed-rows.ts';
import { earliest, type Problem } from './problem.ts';
import { alongside, inSnapshot, type Open, readNumber } from './snapshot.ts';

export type Verification = {
  /** Events in an unbroken chain from the first. */
  readonly verified: number;
  /** Hash of the last of them, hex. */
  readonly head: string;
  /** Checkpoints that the chain passes through, and events after the last of them. */
  readonly checkpoints: number;
  readonly unsigned: number;
  /** Events that wait for their place. */
  readonly unsequenced: number;
  /** What could not be told with the evidence at hand, in sentences. */
  readonly untold: readonly string[];
  readonly problem: Problem | null;
};

/** Where a walk ended, and the hash that is recorded at the place where it broke, if one is. */
type Walked = {
  readonly walk: LogWalk;
  readonly problem: Problem | null;
  readonly recorded: string | null;
};

async function walkAlong(
  open: Open,
  walk: LogWalk,
  segments: readonly Segment[],
  store: SegmentStore,
): Promise<Walked> {
  const pieces = segments.filter(({ dropped }) => dropped);
  const broken = await walkPieces(
    pieces.map(({ name }) => segmentPiece(store, name)),
    walk,
  );
  if (broken) return { walk, problem: broken, recorded: null };
  for await (const rows of readPlaced(open, lastDropped(segments) + 1))
    for (const placed of rows) {
      const problem = walk.take(placed);
      if (problem) return { walk, problem, recorded: placed.hash };
    }
  return { walk, problem: walk.end(), recorded: null };
}

/** Whether the event that belongs to a broken place stands somewhere else: then two were swapped. */
async function findMisplaced(
  open: Open,
  { walk, recorded, problem }: Walked,
): Promise<Problem | null> {
  if (problem?.kind !== 'changed bytes' || problem.globalSeq !== walk.verified + 1) return problem;
  const { globalSeq } = problem;
  for await (const rows of readPlaced(open, 1))
    for (const other of rows) {
      if (other.frame === null || other.globalSeq === globalSeq) continue;
      const event = eventOf(other.frame);
      const hash = chainHash(walk.hash, { ...event, globalSeq });
      if (recorded !== hash.toString('latin1')) continue;
      return {
        globalSeq,
        kind: 'out of order',
        detail: `the event that belongs here (${event.stream} version ${event.version}) stands at ${event.globalSeq}`,
      };
    }
  return problem;
}

/** The first place at which a stream's versions are not 1, 2, 3 …; sorted on the server, narrow rows, by their bytes. */
async function firstMisordered(tx: EntityManager): Promise<Problem | null> {
  const [row] = await tx.execute<
    { global_seq: string; stream: string; version: number; due: string }[]
  >(
    `select global_seq, stream, version, due from (
       select s.global_seq, e.stream, e.version, coalesce(a.version, 0)
         + row_number() over (partition by e.stream collate "C" order by s.global_seq) as due
       from log.sequenced s join log.event e using (pos)
         left join log.archived_stream a on a.stream = e.stream) ordered
     where version <> due order by global_seq limit 1`,
  );
  return row
    ? {
        globalSeq: Number(row.global_seq),
        kind: 'out of order',
        detail: `${row.stream} has version ${row.version} where ${row.due} is due`,
      }
    : null;
}

/** What is there beside the order, and would not be had nothing been taken away. */
type Traces = {
  /** The last place that was published. */
  readonly published: number;
  /** Events that have no place and wait for none, and waiting ones that are gone. */
  readonly lost: number;
  readonly gone: number;
  readonly unsequenced: number;
};

const readTraces = async (tx: EntityManager): Promise<Traces> => ({
  published: await readNumber(tx, 'select max(global_seq) as n from log.published'),
  lost: await readNumber(
    tx,
    `select count(*) as n from log.event e
     where not exists (select from log.sequenced s where s.pos = e.pos)
       and not exists (select from log.unsequenced u where u.pos = e.pos)`,
  ),
  gone: await readNumber(
    tx,
    `select count(*) as n from log.unsequenced u
     where not exists (select from log.event e where e.pos = u.pos)`,
  ),
  unsequenced: await readNumber(tx, 'select count(*) as n from log.unsequenced'),
});

/** Traces of places behind the last one: what was there has been cut off. */
function cutOff({ published, lost, gone }: Traces, verified: number): Problem | null {
  const missing = (detail: string): Problem => ({
    globalSeq: verified + 1,
    kind: 'missing',
    detail,
  });
  if (published > verified) return missing(`events up to ${published} were published`);
  if (lost > 0) return missing(`${lost} events of the log have no place and wait for none`);
  return gone > 0 ? missing(`${gone} places are waited for by events that are gone`) : null;
}

/** Checkpoints from outside that the database has no more, or has otherwise. */
function lostCheckpoint(
  outside: readonly SignedCheckpoint[],
  own: readonly SignedCheckpoint[],
): Problem | null {
  const texts = new Map(own.map((one) => [one.seq, lineText(checkpointLine(one))]));
  const lost = outside.find((one) => texts.get(one.seq) !== lineText(checkpointLine(one)));
  return lost
    ? {
        globalSeq: lost.first,
        kind: 'checkpoint',
        detail: `the checkpoint of event ${lost.seq} is ${texts.has(lost.seq) ? 'another' : 'missing'} in the database`,
      }
    : null;
}

/** All checkpoints to pass: those from outside, then what the database has signed since. */
function checkpointsToPass(
  { publicKey, checkpoints: outside }: Evidence,
  own: readonly SignedCheckpoint[],
): { readonly sound: readonly SignedCheckpoint[]; readonly problem: Problem | null } {
  if (outside === null) return soundCheckpoints(own, publicKey);
  const last = outside.at(-1)?.seq ?? 0;
  return soundCheckpoints([...outside, ...own.filter(({ seq }) => seq > last)], publicKey);
}

/** Verifies the log as it is at this moment, in constant memory; `store` holds what has left the tables. */
export const verifyLog = (
  em: EntityManager,
  evidence = noEvidence,
  store = noStore,
): Promise<Verification> =>
  inSnapshot(em, async (tx) => {
    const own = await readCheckpoints(tx);
    const toPass = checkpointsToPass(evidence, own);
    const segments = await readSegments(tx);
    const walk = new LogWalk(evidence, toPass.sound, { seq: 0, hash: genesis });
    // Side by side: here the chain is computed, there the server sorts and counts.
    const walking = alongside(tx, (open) => walkAlong(open, walk, segments, store));
    const [walked, misordered, traces] = await Promise.all([
      walking,
      firstMisordered(tx),
      readTraces(tx),
    ]);
    const broken =
      earliest(
        misordered,
        await alongside(tx, (open) => findMisplaced(open, walked)),
        toPass.problem,
      ) ?? lostCheckpoint(evidence.checkpoints ?? [], own);
    const verified = broken ? broken.globalSeq - 1 : walk.verified;
    return {
      verified,
      head: walk.hash.toString('hex'),
      checkpoints: walk.passed,
      unsigned: Math.max(0, verified - (toPass.sound[walk.passed - 1]?.seq ?? 0)),
      unsequenced: traces.unsequenced,
      untold: untold(evidence),
      problem: broken ?? cutOff(traces, walk.verified),
    };
  });
