/** A copy that is made while rows are written, then damaged by nothing but time: it starts by itself and is whole. */
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@firesteel/event-store/database';
import type { EntityManager } from '@mikro-orm/postgresql';
import { createDirectories, layoutOf } from '../state/layout.ts';
import { adminUrl, planPostgres, postgresUser } from '../supervisor/postgres.ts';
import { freePort, whileRunning } from './brief-process.ts';
import { baseBackup, copyFolder } from './physical-backup.ts';

const root = mkdtempSync(join(tmpdir(), 'firesteel-copy-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function on<Result>(port: number, work: (em: EntityManager) => Promise<Result>) {
  const url = adminUrl(port, 'secret');
  const orm = await openDatabase({ url, entities: [], migrations: [], poolSize: 2 });
  try {
    return await work(orm.em);
  } finally {
    await orm.close();
  }
}

/** Everything below a folder belongs to the user whom PostgreSQL runs as. */
function giveAway(folder: string): void {
  const user = postgresUser();
  if (user === undefined) return;
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    chownSync(join(folder, name), user.uid, user.gid);
}

it('holds what was committed before its end, and nothing torn', async () => {
  const live = layoutOf(join(root, 'live'));
  const copied = layoutOf(join(root, 'copied'));
  for (const layout of [live, copied]) createDirectories(layout);
  const copy = join(root, 'copy');
  const port = await freePort();
  let committed = 0;
  await whileRunning(planPostgres(live, port, 'secret'), () =>
    on(port, async (em) => {
      await em.execute('create table kept (n int primary key, text text)');
      const write = (): Promise<unknown> =>
        em
          .fork()
          .execute(
            "insert into kept select coalesce(max(n), 0) + 1, repeat('x', 2000) from kept returning n",
          );
      let copying = true;
      const writing = (async () => {
        while (copying) await write();
      })();
      await em.fork().transactional((tx) =>
        baseBackup(tx, join(live.dataDir, 'postgres'), copy, async () => {
          const [row] = await em.fork().execute<{ n: number }[]>('select max(n) as n from kept');
          committed = row?.n ?? 0;
        }),
      );
      copying = false;
      await writing;
    }),
  );
  expect(committed).toBeGreaterThan(0);
  expect(existsSync(join(copy, 'postmaster.pid'))).toBe(false);

  await copyFolder(copy, join(copied.dataDir, 'postgres'));
  giveAway(join(copied.dataDir, 'postgres'));
  const other = await freePort();
  const rows = await whileRunning(planPostgres(copied, other, 'secret'), () =>
    on(other, (em) =>
      em.execute<{ n: number; whole: boolean }[]>(
        'select n, length(text) = 2000 as whole from kept order by n',
      ),
    ),
  );
  expect(rows.length).toBeGreaterThanOrEqual(committed);
  expect(rows).toEqual(rows.map((_, at) => ({ n: at + 1, whole: true })));
});
