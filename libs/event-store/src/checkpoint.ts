/**
 * Signed checkpoints: what the log was at a moment, in words that only its ledger can write. Kept in
 * another place, they prove later that nothing before them was changed.
 */
import {
  createHash,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';

/** What is signed; hashes are lower-case hex. */
export type Checkpoint = {
  /** The first event that its Merkle root covers: the one after the checkpoint before. */
  readonly first: number;
  /** The last. */
  readonly seq: number;
  /** The chain hash of event `seq`. */
  readonly chainHash: string;
  /** RFC 6962 over the events `first` to `seq`; a leaf is an event's bytes (`eventBytes`). */
  readonly merkleRoot: string;
  /** `checkpointHash` of the one before; 64 zeros for the first. */
  readonly previous: string;
  /** ISO-8601 UTC. */
  readonly at: string;
  /** The life of the log it was written in; a restored copy has another. */
  readonly incarnation: string;
  /** Which key signed; see `keyIdOf`. */
  readonly keyId: string;
};

/** With the ledger's Ed25519 signature over `checkpointText`, in base64. */
export type SignedCheckpoint = Checkpoint & { readonly signature: string };

/** What the first checkpoint names as the one before. */
export const noCheckpoint = '0'.repeat(64);

/** The exact text that is signed: one line per member, so that any language can write it. */
export const checkpointText = (checkpoint: Checkpoint): string =>
  [
    'firesteel checkpoint 1',
    checkpoint.first,
    checkpoint.seq,
    checkpoint.chainHash,
    checkpoint.merkleRoot,
    checkpoint.previous,
    checkpoint.at,
    checkpoint.incarnation,
    checkpoint.keyId,
    '',
  ].join('\n');

/** SHA-256 of the signed text, hex. */
export const checkpointHash = (checkpoint: Checkpoint): string =>
  createHash('sha256').update(checkpointText(checkpoint)).digest('hex');

/** The first 16 hex digits of the SHA-256 of the public key (SPKI, DER). */
export const keyIdOf = (key: KeyObject): string => {
  const publicKey = key.type === 'public' ? key : createPublicKey(key);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
};

/** Signs with an Ed25519 private key. */
export const signCheckpoint = (
  checkpoint: Checkpoint,
  privateKey: KeyObject,
): SignedCheckpoint => ({
  ...checkpoint,
  signature: signBytes(null, Buffer.from(checkpointText(checkpoint)), privateKey).toString(
    'base64',
  ),
});

/** Whether the holder of the private key wrote it. */
export const isGenuine = (checkpoint: SignedCheckpoint, publicKey: KeyObject): boolean =>
  checkpoint.keyId === keyIdOf(publicKey) &&
  verifyBytes(
    null,
    Buffer.from(checkpointText(checkpoint)),
    publicKey,
    Buffer.from(checkpoint.signature, 'base64'),
  );
