/**
 * Recomputes the hash chain over the whole log and names the first place where it is not what was
 * sequenced. What it cannot see: a log whose every hash was computed anew by somebody who may write
 * everything; keep the printed head elsewhere to notice that.
 */
import {
  type ChainedRow,
  chained,
  chainedColumns,
  chainHash,
  genesis,
} from '@firesteel/event-store/chain';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inSnapshot, pagedRows, readNumber } from './snapshot.ts';

/** The first place that is not as it was sequenced. */
export type Problem = {
  readonly globalSeq: number;
  readonly kind: 'changed bytes' | 'missing' | 'out of order';
  readonly detail: string;
};

export type Verification = {
  /** Events in an unbroken chain from the first. */
  readonly verified: number;
  /** Hash of the last of them, hex. */
  readonly head: string;
  /** Events that wait for their place. */
  readonly unsequenced: number;
  readonly problem: Problem | null;
};

type PlacedRow = { readonly global_seq: string; readonly hash: string } & (
  | ChainedRow
  | { readonly pos: null }
);

const placesQuery = `select s.global_seq::text as global_seq, encode(s.hash, 'hex') as hash, ${chainedColumns}
  from log.sequenced s left join log.event e on e.pos = s.pos order by s.global_seq`;

type Chain = { readonly verified: number; readonly hash: Buffer; readonly problem: Problem | null };

/** What one row is, after `before`: the next link, or the problem. */
function next(before: Chain, row: PlacedRow): Chain {
  const globalSeq = before.verified + 1;
  const broken = (kind: Problem['kind'], detail: string): Chain => ({
    ...before,
    problem: { globalSeq, kind, detail },
  });
  if (Number(row.global_seq) !== globalSeq)
    return broken('missing', `the order goes on with ${row.global_seq}`);
  if (row.pos === null) return broken('missing', 'the place is taken, its event is gone');
  const hash = chainHash(before.hash, chained(row, globalSeq));
  if (hash.toString('hex') !== row.hash)
    return broken(
      'changed bytes',
      `${row.stream} version ${row.version} (${row.type}) has hash ${hash.toString('hex')}, sequenced was ${row.hash}`,
    );
  return { verified: globalSeq, hash, problem: null };
}

async function followChain(tx: EntityManager): Promise<Chain & { readonly recorded: string }> {
  let chain: Chain = { verified: 0, hash: genesis, problem: null };
  for await (const row of pagedRows<PlacedRow>(tx, 'places', placesQuery)) {
    chain = next(chain, row);
    if (chain.problem) return { ...chain, recorded: row.hash };
  }
  return { ...chain, recorded: '' };
}

/** Whether the event that belongs to a broken place stands somewhere else: then two were swapped. */
async function findMisplaced(
  tx: EntityManager,
  { hash, recorded, problem }: Chain & { readonly recorded: string },
): Promise<Problem | null> {
  if (problem?.kind !== 'changed bytes') return problem;
  const { globalSeq } = problem;
  for await (const row of pagedRows<PlacedRow>(tx, 'candidates', placesQuery)) {
    if (row.pos === null || Number(row.global_seq) === globalSeq) continue;
    if (chainHash(hash, chained(row, globalSeq)).toString('hex') === recorded)
      return {
        globalSeq,
        kind: 'out of order',
        detail: `the event that belongs here (${row.stream} version ${row.version}) stands at ${row.global_seq}`,
      };
  }
  return problem;
}

/** The first place at which a stream's versions are not 1, 2, 3 …; sorted on the server, narrow rows. */
async function firstMisordered(tx: EntityManager): Promise<Problem | null> {
  const [row] = await tx.execute<
    { global_seq: string; stream: string; version: number; due: string }[]
  >(
    `select global_seq, stream, version, due from (
       select s.global_seq, e.stream, e.version,
         row_number() over (partition by e.stream order by s.global_seq) as due
       from log.sequenced s join log.event e using (pos)) ordered
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

/** Traces of places behind the last one: what was there has been cut off. */
async function cutOff(tx: EntityManager, verified: number): Promise<Problem | null> {
  const published = await readNumber(tx, 'select max(global_seq) as n from log.published');
  const missing = (detail: string): Problem => ({
    globalSeq: verified + 1,
    kind: 'missing',
    detail,
  });
  if (published > verified) return missing(`events up to ${published} were published`);
  const lost = await readNumber(
    tx,
    `select count(*) as n from log.event e
     where not exists (select from log.sequenced s where s.pos = e.pos)
       and not exists (select from log.unsequenced u where u.pos = e.pos)`,
  );
  if (lost > 0) return missing(`${lost} events of the log have no place and wait for none`);
  const gone = await readNumber(
    tx,
    `select count(*) as n from log.unsequenced u
     where not exists (select from log.event e where e.pos = u.pos)`,
  );
  return gone > 0 ? missing(`${gone} places are waited for by events that are gone`) : null;
}

/** The earlier of two; at the same place the misordering says more. */
const earlier = (chain: Problem | null, misordered: Problem | null): Problem | null => {
  if (!chain || !misordered) return chain ?? misordered;
  return misordered.globalSeq <= chain.globalSeq ? misordered : chain;
};

/** Verifies the log as it is at this moment, in constant memory. */
export const verifyLog = (em: EntityManager): Promise<Verification> =>
  inSnapshot(em, async (tx) => {
    const chain = await followChain(tx);
    const broken = earlier(await findMisplaced(tx, chain), await firstMisordered(tx));
    return {
      verified: broken ? broken.globalSeq - 1 : chain.verified,
      head: chain.hash.toString('hex'),
      unsequenced: await readNumber(tx, 'select count(*) as n from log.unsequenced'),
      problem: broken ?? (await cutOff(tx, chain.verified)),
    };
  });
