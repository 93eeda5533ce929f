/** Reading a database as it was at one moment, in pages, however large it is. */
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql';
import { Client } from 'pg';

/** Rows on their way at any time. */
const pageSize = 1_000;

/**
 * Runs `work` on one snapshot: nothing that is committed meanwhile is seen, nothing can be written; unless
 * `readOnly` is false, until `work` says so itself.
 */
export const inSnapshot = <Result>(
  em: EntityManager,
  work: (tx: EntityManager) => Promise<Result>,
  readOnly = true,
): Promise<Result> =>
  em.fork().transactional(work, { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly });

/**
 * Reads a query's rows through a cursor on the server, closed when the reader stops early. While a page is
 * read the server makes the next one ready.
 */
export async function* pagedRows<Row extends object>(
  tx: EntityManager,
  cursor: string,
  query: string,
): AsyncGenerator<Row, void> {
  await tx.execute(`declare ${cursor} no scroll cursor for ${query}`);
  const nextPage = (): Promise<Row[]> => {
    const page = tx.execute<Row[]>(`fetch ${pageSize} from ${cursor}`);
    // Its failure is met when it is this page's turn, or never, when the reader has stopped before.
    page.catch(() => {});
    return page;
  };
  let coming = nextPage();
  try {
    for (;;) {
      const page = await coming;
      const isLast = page.length < pageSize;
      if (!isLast) coming = nextPage();
      yield* page;
      if (isLast) return;
    }
  } finally {
    // A transaction that failed has closed it already.
    await tx.execute(`close ${cursor}`).catch(() => {});
  }
}

/** Opens another connection that sees the same snapshot. */
export type Open = () => Promise<Client>;

/** Runs `work` with connections that see the same snapshot; they are closed afterwards, whatever they were doing. */
export async function alongside<Result>(
  tx: EntityManager,
  work: (open: Open) => Promise<Result>,
): Promise<Result> {
  const [row] = await tx.execute<{ id: string }[]>('select pg_export_snapshot() as id');
  const { options } = await tx.getConnection().getNativeClient();
  const clients: Client[] = [];
  const open: Open = async () => {
    const client = new Client(options);
    clients.push(client);
    await client.connect();
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set transaction snapshot '${row?.id}'`);
    return client;
  };
  try {
    return await work(open);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** One number that a query answers as `n`. */
export async function readNumber(tx: EntityManager, query: string): Promise<number> {
  const [row] = await tx.execute<{ n: string | number | null }[]>(query);
  return Number(row?.n ?? 0);
}

/** The last place of the order; 0 for an empty log. */
export const readHead = (tx: EntityManager): Promise<number> =>
  readNumber(tx, 'select max(global_seq) as n from log.sequenced');
