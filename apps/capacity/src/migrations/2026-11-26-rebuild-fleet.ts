import { replayRow } from '@firesteel/event-store/aggregate';
import { Migration } from '@mikro-orm/migrations';
import { allocations, workers } from '../fleet/tables.ts';

type Stored = { readonly type: string; readonly data: object };

/** Rows from before there were pools and attempts, folded anew from their own streams. */
export class RebuildFleet extends Migration {
  override async up(): Promise<void> {
    for (const { id, events } of await this.streams('allocation')) {
      const { state, live } = replayRow(allocations, id, events as never);
      this.addSql(this.setting('allocation', id, { state, live }));
    }
    for (const { id, events } of await this.streams('worker')) {
      const { version: _version, id: _id, ...row } = replayRow(workers, id, events as never);
      this.addSql(this.setting('worker', id, row));
    }
  }

  private async streams(category: string): Promise<{ id: string; events: readonly Stored[] }[]> {
    const rows = (await this.execute(`select id from ${category}`)) as { id: string }[];
    const streams: { id: string; events: readonly Stored[] }[] = [];
    for (const { id } of rows)
      streams.push({
        id,
        events: (await this.execute(
          `select type, data from log.read_stream(${quoted(`${category}-${id}`)}, 0) order by version`,
        )) as unknown as readonly Stored[],
      });
    return streams;
  }

  private setting(table: string, id: string, columns: Readonly<Record<string, unknown>>): string {
    const assignments = Object.entries(columns).map(([name, value]) => `${name} = ${sql(value)}`);
    return `update ${table} set ${assignments.join(', ')} where id = ${quoted(id)}`;
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const sql = (value: unknown): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
};
