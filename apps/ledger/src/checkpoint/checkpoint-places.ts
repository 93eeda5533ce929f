/** Where checkpoints go besides the database: a file, and a Kafka topic. */
import type { SignedCheckpoint } from '@firesteel/event-store/checkpoint';
import { checkpointLine, lineText, parseLine } from '@firesteel/event-store/log-file';
import type { CheckpointPublisher } from '@firesteel/messaging/producer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { appendToCheckpointFile, lastCheckpointLine } from './checkpoint-file.ts';

/** A place that takes checkpoints in their order. */
export type CheckpointPlace = {
  /** The last one that is there; undefined when there is none. */
  readonly last: () => Promise<{ readonly seq: number; readonly line?: string } | undefined>;
  /** Resolves when it is durable there. `leaves` are null when they are not known any more. */
  readonly write: (signed: SignedCheckpoint, leaves: readonly Buffer[] | null) => Promise<void>;
};

/** A file that is not below the data folder. */
export const filePlace = (file: string): CheckpointPlace => ({
  last: async () => {
    const line = await lastCheckpointLine(file);
    if (line === '') return undefined;
    const parsed = parseLine(line);
    if (parsed.kind !== 'checkpoint') throw new Error(`${file} holds more than checkpoints`);
    return { seq: parsed.seq, line };
  },
  write: (signed, leaves) => appendToCheckpointFile(file, signed, leaves),
});

/** The name under which the log remembers what is on the topic. */
const topicSet = 'checkpoints';

/** The topic `checkpoint.v1`, at least once. */
export const topicPlace = (
  em: EntityManager,
  { publishCheckpoint }: CheckpointPublisher,
): CheckpointPlace => ({
  last: async () => {
    const [row] = await em.execute<{ global_seq: string }[]>(
      'select global_seq from log.published where topic_set = ?',
      [topicSet],
    );
    return row && { seq: Number(row.global_seq) };
  },
  write: async (signed) => {
    await publishCheckpoint(signed.seq, lineText(checkpointLine(signed)).trimEnd());
    await em.execute(
      `insert into log.published (topic_set, global_seq) values (?, ?)
       on conflict (topic_set) do update set global_seq = excluded.global_seq`,
      [topicSet, signed.seq],
    );
  },
});
