/**
 * Signs what was sequenced: every so many events, after a while, and at a clean stop. It signs the hashes
 * that the sequencer computed, not what the tables hold later; after a start it reads again what is not
 * signed yet, and signs nothing that the chain does not vouch for.
 */
import type { KeyObject } from 'node:crypto';
import {
  type ChainedRow,
  chained,
  chainedColumns,
  genesis,
  linkOf,
} from '@firesteel/event-store/chain';
import {
  checkpointHash,
  keyIdOf,
  noCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
} from '@firesteel/event-store/checkpoint';
import { checkpointLine, lineText, parseLine } from '@firesteel/event-store/log-file';
import { merkleRoot } from '@firesteel/event-store/merkle';
import type { EntityManager } from '@mikro-orm/postgresql';
import { requireEpoch, type SequencedLink } from '../sequence/sequencer.ts';
import type { CheckpointPlace } from './checkpoint-places.ts';

export type CheckpointerOptions = {
  readonly em: EntityManager;
  readonly epoch: number;
  readonly incarnation: string;
  readonly privateKey: KeyObject;
  /** Sign at the latest after so many events. */
  readonly everyEvents: number;
  /** Or after this time, if anything came. */
  readonly everyMs: number;
  readonly places: readonly CheckpointPlace[];
  readonly now: () => Date;
  /** Called with what kept a checkpoint from being signed, or from one of its places. */
  readonly failed: (error: unknown) => void;
};

export type Checkpointer = {
  /** Takes what was just sequenced, in order. */
  readonly took: (links: readonly Pick<SequencedLink, 'hash' | 'leaf'>[]) => Promise<void>;
  /** Signs if it is time. */
  readonly look: () => Promise<void>;
  /** Signs what is left. */
  readonly stop: () => Promise<void>;
};

/** The log is not what was sequenced: nothing from here on will be signed. */
export class BrokenChain extends Error {
  constructor(globalSeq: number) {
    super(`event ${globalSeq} is not what was sequenced: nothing from it on is signed`);
    this.name = 'BrokenChain';
  }
}

/** Another place knows checkpoints that this log lacks: it was cut, or is an older copy. */
export class EvidenceAhead extends Error {
  constructor(theirs: number, ours: number) {
    super(
      `a checkpoint of event ${theirs} lies elsewhere and is not of this log, whose last is of event ${ours}: the log was cut or is an older copy; nothing is added there until that file is moved away`,
    );
    this.name = 'EvidenceAhead';
  }
}

/** Rows read at a time after a start. */
const pageSize = 1_000;

/** The checkpoints of the database after a place in the order, oldest first. */
export async function readCheckpoints(em: EntityManager, after = 0): Promise<SignedCheckpoint[]> {
  const rows = await em.execute<{ line: string }[]>(
    'select line from log.checkpoint where seq > ? order by seq',
    [after],
  );
  return rows.map(({ line }) => {
    const parsed = parseLine(line);
    if (parsed.kind !== 'checkpoint') throw new Error('log.checkpoint holds no checkpoint');
    const { kind: _, ...signed } = parsed;
    return signed;
  });
}

async function readLast(em: EntityManager): Promise<SignedCheckpoint | undefined> {
  const [row] = await em.execute<{ seq: string }[]>(
    'select seq from log.checkpoint order by seq desc limit 1',
  );
  return row && (await readCheckpoints(em, Number(row.seq) - 1)).at(-1);
}

const store = (em: EntityManager, epoch: number, signed: SignedCheckpoint): Promise<void> =>
  em.fork().transactional(async (tx) => {
    await requireEpoch(tx, epoch);
    await tx.execute('insert into log.checkpoint (seq, line) values (?, ?)', [
      signed.seq,
      lineText(checkpointLine(signed)).trimEnd(),
    ]);
  });

/** Brings a place up to the last checkpoint; `newest` is the one whose leaves are known. */
async function deliver(
  em: EntityManager,
  place: CheckpointPlace,
  newest: { readonly seq: number; readonly leaves: readonly Buffer[] } | undefined,
): Promise<void> {
  const there = await place.last();
  const checkpoints = await readCheckpoints(em, (there?.seq ?? 0) - 1);
  const [first] = checkpoints;
  const ours = first && lineText(checkpointLine(first));
  if (there !== undefined && (first?.seq !== there.seq || (there.line ?? ours) !== ours))
    throw new EvidenceAhead(there.seq, (await readLast(em))?.seq ?? 0);
  for (const signed of there === undefined ? checkpoints : checkpoints.slice(1))
    await place.write(signed, signed.seq === newest?.seq ? newest.leaves : null);
}

/** Every event after a place with its links, as long as the tables hold what was sequenced. */
async function* linksAfter(
  em: EntityManager,
  after: number,
  previous: Buffer,
): AsyncGenerator<Pick<SequencedLink, 'hash' | 'leaf'>[], void> {
  let [last, hash] = [after, previous];
  for (;;) {
    const rows = await em.execute<(ChainedRow & { global_seq: string; hash: Buffer })[]>(
      `select s.global_seq, s.hash, ${chainedColumns} from log.sequenced s join log.event e using (pos)
       where s.global_seq > ? order by s.global_seq limit ${pageSize}`,
      [last],
    );
    const links = rows.map((row) => {
      const link = linkOf(hash, chained(row, last + 1));
      if (Number(row.global_seq) !== last + 1 || !link.hash.equals(row.hash))
        throw new BrokenChain(last + 1);
      [last, hash] = [last + 1, link.hash];
      return link;
    });
    if (links.length === 0) return;
    yield links;
  }
}

/** Starts signing: first whatever was sequenced and not signed, so that no event is left out. */
export async function startCheckpointer(options: CheckpointerOptions): Promise<Checkpointer> {
  const { em, now, everyEvents, privateKey } = options;
  const keyId = keyIdOf(privateKey);
  let last = await readLast(em);
  let head = last ? Buffer.from(last.chainHash, 'hex') : genesis;
  let leaves: Buffer[] = [];
  let signedAtMs = last ? Date.parse(last.at) : now().getTime();
  let broken = false;

  const deliverAll = async (newest?: { seq: number; leaves: readonly Buffer[] }): Promise<void> => {
    for (const place of options.places) await deliver(em, place, newest).catch(options.failed);
  };
  const sign = async (): Promise<void> => {
    const first = (last?.seq ?? 0) + 1;
    const at = now();
    last = signCheckpoint(
      {
        first,
        seq: first + leaves.length - 1,
        chainHash: head.toString('hex'),
        merkleRoot: merkleRoot(leaves).toString('hex'),
        previous: last ? checkpointHash(last) : noCheckpoint,
        at: at.toISOString(),
        incarnation: options.incarnation,
        keyId,
      },
      privateKey,
    );
    await store(em, options.epoch, last);
    await deliverAll({ seq: last.seq, leaves });
    leaves = [];
    signedAtMs = at.getTime();
  };
  const took: Checkpointer['took'] = async (links) => {
    if (broken) return;
    for (const { hash, leaf } of links) {
      leaves.push(leaf);
      head = hash;
      if (leaves.length >= everyEvents) await sign();
    }
  };

  try {
    await deliverAll();
    for await (const links of linksAfter(em, last?.seq ?? 0, head)) await took(links);
  } catch (error) {
    if (!(error instanceof BrokenChain)) throw error;
    broken = true;
    options.failed(error);
  }
  return {
    took,
    look: async () => {
      const isTime = now().getTime() - signedAtMs >= options.everyMs;
      if (!broken && leaves.length > 0 && isTime) await sign();
    },
    stop: async () => {
      if (!broken && leaves.length > 0) await sign();
    },
  };
}
