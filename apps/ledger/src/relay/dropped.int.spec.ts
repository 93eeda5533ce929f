/** Publishing again what has left the tables: the topic was lost, or the log is in another life. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append } from '@firesteel/event-store';
import { openDatabase } from '@firesteel/event-store/database';
import { folderStore } from '@firesteel/event-store/segment-store';
import { startTestDatabase } from '@firesteel/event-store/test-database';
import type { Publishable } from '@firesteel/messaging/producer';
import { startLedger } from '../ledger.ts';

it('a ledger that starts without a topic publishes every event once more, in order, and goes on', async () => {
  const database = await startTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-dropped-'));
  const open = (role: string) =>
    openDatabase({ url: database.urlOf(role), entities: [], migrations: [], poolSize: 2 });
  const [writer, ledger] = [await open('application_registry'), await open('ledger')];
  const { privateKey } = generateKeyPairSync('ed25519');
  const add = (version: number, count: number) =>
    writer.em.fork().transactional((tx) =>
      append(
        tx,
        'application-a',
        version,
        Array.from({ length: count }, (_, n) => ({ type: 'Happened', data: { n } })),
      ),
    );
  /** One life of the ledger process, until it has published `last`; `dropped` waits for rows to leave as well. */
  const live = async (last: number, dropped: boolean): Promise<number[]> => {
    const published: Publishable[] = [];
    const told = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const failed = (error: unknown): void => {
      told.reject(error);
      left.reject(error);
    };
    const { done, stop } = await startLedger({
      em: ledger.em.fork(),
      publisher: {
        publish: async (events) => {
          published.push(...events);
          if (published.at(-1)?.globalSeq === last) told.resolve();
        },
        stop: async () => {},
      },
      topicEnd: undefined,
      wait: () => new Promise((resolve) => setTimeout(resolve, 5)),
      checkpoints: {
        privateKey,
        everyEvents: 250,
        everyMs: 60_000,
        places: [],
        now: () => new Date(),
        failed,
      },
      segments: {
        store: folderStore(folder),
        everyEvents: 500,
        hotMs: 0,
        everyMs: 20,
        now: () => new Date(),
        done: (segmented) => segmented.dropped.length > 0 && left.resolve(),
        failed,
      },
    });
    done.catch(failed);
    await told.promise;
    if (dropped) await left.promise;
    await stop();
    return published.map(({ globalSeq }) => globalSeq);
  };
  const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);

  await add(0, 1_200);
  expect(await live(1_200, true)).toEqual(upTo(1_200));
  const [row] = await ledger.em.execute('select min(global_seq)::int as first from log.sequenced');
  expect(row).toEqual({ first: 1_001 });
  await add(1_200, 3);
  expect(await live(1_203, false)).toEqual(upTo(1_203));

  for (const orm of [writer, ledger]) await orm.close();
  await database.stop();
  rmSync(folder, { recursive: true });
});
