import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { createDirectories, type Layout, layoutOf } from '../state/layout.ts';
import { probePort } from '../state/ports.ts';
import { pause } from './pause.ts';
import { adminUrl, planPostgres } from './postgres.ts';
import { answersBytes } from './readiness.ts';
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts';

let layout: Layout;
let postgres: SupervisedProcess;
let port = 31_000;

async function query(sql: string): Promise<unknown> {
  const orm = await MikroORM.init({
    clientUrl: adminUrl(port, 'secret'),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  try {
    return await orm.em.execute(sql);
  } finally {
    await orm.close();
  }
}

beforeAll(async () => {
  // As closed to other users as a checkout in /root.
  layout = layoutOf(join(mkdtempSync(join(tmpdir(), 'firesteel-postgres-')), 'home'));
  createDirectories(layout);
  while (!(await probePort('postgres', port))) port += 1;
  postgres = superviseProcess(planPostgres(layout, port, 'secret'), layout, (error) => {
    throw error;
  });
  postgres.start();
  await postgres.whenReady;
});

afterAll(async () => {
  await postgres.stop();
  rmSync(join(layout.homeDir, '..'), { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('keeps committed rows through kill -9', async () => {
    await query('create table kept (id int)');
    await query('insert into kept values (1)');
    process.kill(postgres.status().pid ?? 0, 'SIGKILL');
    while (postgres.status().restarts === 0 || postgres.status().state !== 'ready') await pause(50);
    expect(await query('select id from kept')).toEqual([{ id: 1 }]);
  });

  it('writes durably', async () => {
    expect(await query('show fsync')).toEqual([{ fsync: 'on' }]);
  });

  it('is gone after a stop', async () => {
    await postgres.stop();
    expect(postgres.status().state).toBe('stopped');
    expect(await answersBytes(port, Buffer.from('?'))).toBe(false);
  });
});
