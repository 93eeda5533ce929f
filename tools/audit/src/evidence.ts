/** What a verifier brings from outside: the ledger's public key, signed checkpoints, a head it kept. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, openSync, readFileSync, readSync } from 'node:fs';
import {
  checkpointHash,
  isGenuine,
  noCheckpoint,
  type SignedCheckpoint,
} from '@firesteel/event-store/checkpoint';
import { merkleRoot } from '@firesteel/event-store/merkle';
import { leafBytes, leavesPath, readCheckpointFile } from '@firesteel/ledger/checkpoint-file';
import type { Problem } from './problem.ts';

/** An event's place and its chain hash, hex. */
export type Head = { readonly seq: number; readonly hash: string };

/** Leaf hashes that were kept with the checkpoints; empty where there are none. */
export type OutsideLeaves = {
  readonly of: (seq: number) => Buffer | undefined;
};

export type Evidence = {
  readonly publicKey: KeyObject | null;
  /** Oldest first; null when none were brought. */
  readonly checkpoints: readonly SignedCheckpoint[] | null;
  readonly leaves: OutsideLeaves;
  readonly head: Head | null;
};

const noLeaves: OutsideLeaves = { of: () => undefined };

/** Nothing from outside. */
export const noEvidence: Evidence = {
  publicKey: null,
  checkpoints: null,
  leaves: noLeaves,
  head: null,
};

/** Leaves in memory at a time. */
const pageBytes = 4_096 * leafBytes;

function leavesBeside(file: string): OutsideLeaves {
  const path = leavesPath(file);
  if (!existsSync(path)) return noLeaves;
  const handle = openSync(path, 'r');
  let page = { number: -1, bytes: Buffer.alloc(0) };
  const read = (number: number): typeof page => {
    const bytes = Buffer.alloc(pageBytes);
    const size = readSync(handle, bytes, 0, pageBytes, number * pageBytes);
    return { number, bytes: bytes.subarray(0, size) };
  };
  return {
    of: (seq) => {
      const at = (seq - 1) * leafBytes;
      const number = Math.floor(at / pageBytes);
      if (page.number !== number) page = read(number);
      const leaf = page.bytes.subarray(at % pageBytes, (at % pageBytes) + leafBytes);
      return leaf.length === leafBytes ? leaf : undefined;
    },
  };
}

function headOf(text: string): Head {
  const [, seq, hash] = /^([1-9]\d*):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new Error(`--head takes <sequence number>:<hash in 64 hex digits>; ${text} is none.`);
  return { seq: Number(seq), hash };
}

/**
 * Reads what was named on the command line.
 * @throws Error with one sentence when a file is missing or holds something else
 */
export async function readEvidence(named: {
  readonly publicKey?: string | undefined;
  readonly checkpoints?: string | undefined;
  readonly head?: string | undefined;
}): Promise<Evidence> {
  const { publicKey, checkpoints, head } = named;
  if (checkpoints !== undefined && !existsSync(checkpoints))
    throw new Error(`There is no file ${checkpoints}.`);
  return {
    publicKey: publicKey === undefined ? null : createPublicKey(readFileSync(publicKey)),
    checkpoints: checkpoints === undefined ? null : await readCheckpointFile(checkpoints),
    leaves: checkpoints === undefined ? noLeaves : leavesBeside(checkpoints),
    head: head === undefined ? null : headOf(head),
  };
}

/** Why a checkpoint cannot follow another, or undefined. */
function faultOf(
  checkpoint: SignedCheckpoint,
  before: SignedCheckpoint | undefined,
  publicKey: KeyObject | null,
): string | undefined {
  if (publicKey !== null && !isGenuine(checkpoint, publicKey))
    return `the checkpoint of event ${checkpoint.seq} is not signed with the given key`;
  if (checkpoint.seq < checkpoint.first)
    return `the checkpoint of event ${checkpoint.seq} covers nothing`;
  const expected = before ? checkpointHash(before) : noCheckpoint;
  if (checkpoint.first !== (before?.seq ?? 0) + 1 || checkpoint.previous !== expected)
    return `the checkpoint before that of event ${checkpoint.seq} is missing or another`;
  return undefined;
}

/** The checkpoints that are what they should be, and the first that is not. */
export function soundCheckpoints(
  checkpoints: readonly SignedCheckpoint[],
  publicKey: KeyObject | null,
): { readonly sound: readonly SignedCheckpoint[]; readonly problem: Problem | null } {
  for (const [at, checkpoint] of checkpoints.entries()) {
    const before = checkpoints[at - 1];
    const detail = faultOf(checkpoint, before, publicKey);
    if (detail === undefined) continue;
    const globalSeq = (before?.seq ?? 0) + 1;
    return { sound: checkpoints.slice(0, at), problem: { globalSeq, kind: 'checkpoint', detail } };
  }
  return { sound: checkpoints, problem: null };
}

/** The outside leaves of a checkpoint's events, if they are those that it signs. */
export function vouchedLeaves(
  { first, seq, merkleRoot: root }: SignedCheckpoint,
  leaves: OutsideLeaves,
): readonly Buffer[] | null {
  const all: Buffer[] = [];
  for (let at = first; at <= seq; at++) {
    const leaf = leaves.of(at);
    if (leaf === undefined) return null;
    all.push(leaf);
  }
  return merkleRoot(all).toString('hex') === root ? all : null;
}

/** What signatures cannot tell without a key, as a sentence. */
export const untoldWithoutKey = ({ publicKey }: Evidence): string[] =>
  publicKey === null
    ? [
        'Signatures were not checked: that takes --public-key. Whoever may write everything could have chained all of it anew.',
      ]
    : [];

/** What cannot be told with the evidence at hand, in sentences. */
export const untold = (evidence: Evidence): string[] => [
  ...(evidence.checkpoints === null && evidence.head === null
    ? [
        'Whether the end was cut off cannot be told: that takes --checkpoints or --head, kept outside of the installation.',
      ]
    : []),
  ...untoldWithoutKey(evidence),
];
