import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverAssignment, driverSpec } from './test/assignments.ts';
import {
  createWorkerFolder,
  readWorker,
  workerFiles,
  writeLost,
  writeRun,
  writeSeen,
} from './worker-folder.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'worker-folder-')), 'w1');
  createWorkerFolder(folder, driverSpec, 'token');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

it('keeps which attempt of which run a worker is bound to, and no secret', () => {
  writeRun(folder, driverAssignment(['/a.py'], { attempt: 2, logsByAttempt: true }));
  expect(readWorker('w1', folder).run).toMatchObject({
    jobRunId: '00f1aabbccddeeff',
    attempt: 2,
    logsByAttempt: true,
    executorId: null,
  });
  expect(readFileSync(workerFiles(folder).run, 'utf8')).not.toContain('s3cr3t');
});

it('takes a run of before there were attempts for its first', () => {
  writeRun(folder, driverAssignment(['/a.py']));
  const { run } = workerFiles(folder);
  const { attempt: _attempt, logsByAttempt: _by, ...old } = JSON.parse(readFileSync(run, 'utf8'));
  writeFileSync(run, JSON.stringify(old));
  expect(readWorker('w1', folder).run).toMatchObject({ attempt: 1, logsByAttempt: false });
});

describe('a worker whose end nobody saw', () => {
  const readyAt = (seconds: string): void => writeFileSync(workerFiles(folder).ready, seconds);
  const readyMs = (): number | undefined => readWorker('w1', folder).end?.readyMs;

  it.each([
    ['was ready until it was last seen', '100.50', 103_250, 2_750],
    ['was never ready', null, 103_250, 0],
    ['was not seen since it became ready', '100.50', 99_000, 0],
    ['was never seen', '100.50', null, 0],
  ])('%s', (_case, ready, seenMs, expected) => {
    if (ready !== null) readyAt(ready);
    if (seenMs !== null) writeSeen(folder, seenMs);
    writeLost(folder, 'vanished');
    expect(readyMs()).toBe(expected);
  });

  it.each([
    ['forward', 3],
    ['back', -3],
  ])('pays nothing for a clock that was put %s', (_case, hours) => {
    readyAt('100.50');
    writeSeen(folder, 103_250);
    const later = Date.now() / 1_000 + hours * 3_600;
    for (const file of [workerFiles(folder).seen, workerFiles(folder).ready])
      utimesSync(file, later, later);
    writeLost(folder, 'vanished');
    expect(readyMs()).toBe(2_750);
  });
});
