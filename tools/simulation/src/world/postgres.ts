/**
 * PostgreSQL in this process (PGlite), spoken to in its wire protocol: one message in, one out, nothing
 * waits. One connection that one transaction holds at a time.
 */
import { messages, PGlite, protocol } from '@electric-sql/pglite';

export type Row = Record<string, unknown>;
export type Answer = { readonly rows: Row[]; readonly affected: number };

const asNumber = (text: string): unknown => Number(text);

/** How the driver of the real services gives values to MikroORM; all else stays text. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  17: (text) => Buffer.from(text.slice(2), 'hex'),
  21: asNumber,
  23: asNumber,
  26: asNumber,
  114: (text) => JSON.parse(text),
  700: asNumber,
  701: asNumber,
  3802: (text) => JSON.parse(text),
};

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function parameter(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map((item) => quoted(String(item))).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

type Field = { readonly name: string; readonly dataTypeID: number };

/**
 * Speaks to PostgreSQL; its answer is there when this returns. Of the ways that PGlite offers, this alone does not
 * read each message once more and keep it for as long as the database lives.
 */
function exchange(engine: PGlite, message: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  // What is handed over lies in the database's memory, which the next message writes to.
  const onRawData = (bytes: Uint8Array): number => parts.push(bytes.slice());
  void engine.execProtocolRawStream(message, { syncToFs: false, onRawData });
  return Buffer.concat(parts);
}

/** Reads the answer to one statement or to several; the rows are the last one's. */
function read(bytes: Uint8Array): Answer {
  let fields: readonly Field[] = [];
  let rows: Row[] = [];
  let affected = 0;
  let failure: Error | undefined;
  new protocol.Parser().parse(bytes, (message) => {
    if (message instanceof messages.DatabaseError) failure ??= message;
    if (message instanceof messages.RowDescriptionMessage) {
      fields = message.fields;
      rows = [];
    }
    if (message instanceof messages.DataRowMessage) rows.push(rowOf(fields, message.fields));
    if (message instanceof messages.CommandCompleteMessage)
      affected = Number(/\d+$/.exec(message.text)?.[0] ?? 0);
  });
  if (failure) throw failure;
  return { rows, affected };
}

const rowOf = (fields: readonly Field[], values: readonly (string | null)[]): Row =>
  Object.fromEntries(
    fields.map(({ name, dataTypeID }, index) => {
      const text = values[index] ?? null;
      return [name, text === null ? null : (parsers[dataTypeID]?.(text) ?? text)];
    }),
  );

export class Postgres {
  private readonly engine: PGlite;
  private readonly prepared = new Map<string, string>();
  private readonly heard = new Map<string, number>();
  private role = 'postgres';
  private holders: Promise<void> = Promise.resolve();
  /** Transactions and statements of their own that put something on the log. */
  appends = 0;

  private constructor(engine: PGlite) {
    this.engine = engine;
  }

  static async create(): Promise<Postgres> {
    return new Postgres(await PGlite.create());
  }

  /** Waits for one's turn; answers how to give it up. */
  async hold(): Promise<() => void> {
    const before = this.holders;
    let release = (): void => {};
    this.holders = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  /** From now on statements are a service's, in its own schema; `postgres` may do everything. */
  assume(role: string): void {
    if (this.role === role) return;
    this.role = role;
    const schema = role === 'postgres' ? 'public' : role;
    this.execute(`set session authorization ${role}; set search_path = ${schema}`);
  }

  execute(sql: string): Answer {
    if (this.isHeardOften(sql)) return this.query(sql, []);
    return read(exchange(this.engine, protocol.serialize.query(sql)));
  }

  /** Begins anew: how something is planned, and so in which order rows come, must not depend on earlier seeds. */
  forget(): void {
    this.execute('deallocate all');
    this.prepared.clear();
    this.heard.clear();
  }

  /** Whether it is worth being prepared: many statements come again as they were, others with other values in them. */
  private isHeardOften(sql: string): boolean {
    if (!/^\s*(select|with)\b/i.test(sql)) return false;
    const key = `${this.role} ${sql}`;
    if (this.prepared.has(key)) return true;
    const times = (this.heard.get(key) ?? 0) + 1;
    if (this.heard.size > 1_000) this.heard.clear();
    this.heard.set(key, times);
    return times > 20 && this.prepared.size < 500;
  }

  /** A statement with parameters, prepared once for each role. */
  query(sql: string, parameters: readonly unknown[]): Answer {
    const { serialize } = protocol;
    const key = `${this.role} ${sql}`;
    const known = this.prepared.get(key);
    const name = known ?? `s${this.prepared.size}`;
    const answer = read(
      exchange(
        this.engine,
        Buffer.concat([
          ...(known === undefined ? [serialize.parse({ name, text: sql })] : []),
          serialize.bind({ statement: name, values: parameters.map(parameter) }),
          serialize.describe({ type: 'P' }),
          serialize.execute(),
          serialize.sync(),
        ]),
      ),
    );
    this.prepared.set(key, name);
    return answer;
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}
