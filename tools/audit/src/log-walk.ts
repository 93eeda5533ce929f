/** Walks along the chain, event by event, past every signed checkpoint; from rows, segments or exports alike. */
import { eventOf, hashTextInFrame, leafInFrame } from '@firesteel/event-store/chain';
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { merkleRoot } from '@firesteel/event-store/merkle';
import { type Evidence, vouchedLeaves } from './evidence.ts';
import type { Problem } from './problem.ts';

/** A place of the order as somebody holds it. */
export type Placed = {
  readonly globalSeq: number;
  /** The chain hash that is recorded with it, as latin1. */
  readonly hash: string;
  /** The event's bytes after room for a hash (`frameOf`), to be written into; null when only its place is there. */
  readonly frame: Buffer | null;
};

const hexOf = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('hex');

export class LogWalk {
  /** The last event in an unbroken chain. */
  verified: number;
  private hashText: string;
  /** Checkpoints that were passed. */
  passed = 0;
  private readonly evidence: Pick<Evidence, 'leaves' | 'head'>;
  private readonly checkpoints: Map<number, SignedCheckpoint>;
  private readonly last: SignedCheckpoint | undefined;
  /** Leaves since the last checkpoint; null when the walk began in the middle of one. */
  private leaves: Buffer[] | null = [];
  private rangeStart: number;
  /** Of the last event that was taken. */
  private frame: Buffer | null = null;
  /** The first event of the range whose leaf is not the one that was kept outside. */
  private suspect: number | null = null;

  /**
   * @param checkpoints sound ones, in order
   * @param from the event before the first, and its hash
   */
  constructor(
    evidence: Pick<Evidence, 'leaves' | 'head'>,
    checkpoints: readonly SignedCheckpoint[],
    from: { readonly seq: number; readonly hash: Buffer },
  ) {
    this.evidence = evidence;
    this.checkpoints = new Map(checkpoints.map((one) => [one.seq, one]));
    this.last = checkpoints.at(-1);
    this.verified = from.seq;
    this.hashText = from.hash.toString('latin1');
    this.rangeStart = from.seq + 1;
    const startsRange = checkpoints.some(({ first }) => first === from.seq + 1);
    if (!startsRange && from.seq > 0) this.leaves = null;
  }

  /** The hash of the last event in an unbroken chain. */
  get hash(): Buffer {
    return Buffer.from(this.hashText, 'latin1');
  }

  /** The leaf of the last event that was taken. */
  get leaf(): Buffer {
    if (this.frame === null) throw new RangeError('no event has been taken');
    return leafInFrame(this.frame);
  }

  /** Takes the next place; answers what is wrong with it. */
  take({ globalSeq, hash, frame }: Placed): Problem | null {
    const due = this.verified + 1;
    if (globalSeq !== due)
      return this.problem('missing', due, `the order goes on with ${globalSeq}`);
    if (frame === null)
      return this.problem('missing', due, 'the place is taken, its event is gone');
    const found = hashTextInFrame(this.hashText, frame);
    this.frame = frame;
    this.keepLeaf(due);
    if (found !== hash) {
      const { stream, version, type } = eventOf(frame);
      return this.problem(
        'changed bytes',
        due,
        `${stream} version ${version} (${type}) has hash ${hexOf(found)}, sequenced was ${hexOf(hash)}`,
      );
    }
    this.verified = due;
    this.hashText = found;
    return this.atHead() ?? this.atCheckpoint();
  }

  /** What must have been there after the last place. */
  end(): Problem | null {
    const { head } = this.evidence;
    if (this.last && this.last.seq > this.verified)
      return this.cut(`the checkpoint of ${this.last.at} signs event ${this.last.seq}`);
    if (head && head.seq > this.verified) return this.cut(`the given head is event ${head.seq}`);
    return null;
  }

  private cut(detail: string): Problem {
    return this.problem('missing', this.verified + 1, detail);
  }

  /** Behind the last checkpoint there is no root to compare with, and nobody needs a leaf. */
  private keepLeaf(seq: number): void {
    if (seq <= (this.last?.seq ?? 0)) this.leaves?.push(this.leaf);
    const kept = this.suspect === null ? this.evidence.leaves.of(seq) : undefined;
    if (kept && !kept.equals(this.leaf)) this.suspect = seq;
  }

  private atHead(): Problem | null {
    const { head } = this.evidence;
    if (head?.seq !== this.verified || head.hash === this.hash.toString('hex')) return null;
    return this.inRange('changed bytes', `event ${head.seq} has not the given hash`);
  }

  private atCheckpoint(): Problem | null {
    const checkpoint = this.checkpoints.get(this.verified);
    if (!checkpoint) return null;
    const isSame =
      checkpoint.chainHash === this.hash.toString('hex') &&
      (this.leaves === null || merkleRoot(this.leaves).toString('hex') === checkpoint.merkleRoot);
    if (!isSame)
      return this.inRange(
        'changed bytes',
        `the checkpoint of event ${checkpoint.seq} signs others`,
      );
    this.passed += 1;
    this.leaves = [];
    this.suspect = null;
    this.rangeStart = this.verified + 1;
    return null;
  }

  /** Somewhere since the last checkpoint; kept leaves say where. */
  private inRange(kind: Problem['kind'], detail: string): Problem {
    const found = this.problem(kind, this.rangeStart, detail);
    return found.globalSeq === this.suspect
      ? found
      : { ...found, detail: `${detail}: somewhere from ${this.rangeStart} to ${this.verified}` };
  }

  /** A problem at a place, or at an earlier one that leaves from outside show to be another. */
  private problem(kind: Problem['kind'], globalSeq: number, detail: string): Problem {
    const { suspect } = this;
    if (suspect === null || !this.isVouched(suspect)) return { globalSeq, kind, detail };
    if (suspect === globalSeq) return { globalSeq, kind, detail };
    return {
      globalSeq: suspect,
      kind: 'changed bytes',
      detail: `it is not the event whose leaf was signed (${detail})`,
    };
  }

  /** Whether a signed checkpoint vouches for the outside leaf of an event. */
  private isVouched(seq: number): boolean {
    for (const checkpoint of this.checkpoints.values())
      if (checkpoint.first <= seq && seq <= checkpoint.seq)
        return vouchedLeaves(checkpoint, this.evidence.leaves) !== null;
    return false;
  }
}
