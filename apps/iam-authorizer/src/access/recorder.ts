/** Group commit of decisions: while one write is under way the next batch gathers; no answer leaves before its fact is durable. */
import type { AccessDecision } from '@firesteel/contracts/events';

/** Writes decisions down; rejects when they could not be. */
export type WriteDecisions = (decisions: readonly AccessDecision[]) => Promise<void>;

type Waiting = {
  readonly decision: AccessDecision;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Decisions in one write at most: nobody waits for more than these. */
const largestBatch = 200;

/** Answers a function that resolves once the decision is written. */
export function createRecorder(write: WriteDecisions): (decision: AccessDecision) => Promise<void> {
  const waiting: Waiting[] = [];
  let writing = false;
  const flush = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, largestBatch);
      try {
        await write(batch.map(({ decision }) => decision));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    writing = false;
  };
  return (decision) =>
    new Promise((resolve, reject) => {
      waiting.push({ decision, resolve, reject });
      if (!writing) flush().catch(reject);
    });
}
