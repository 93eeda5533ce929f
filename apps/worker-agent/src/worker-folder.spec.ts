import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverAssignment, driverSpec } from './test/assignments.ts';
import { createWorkerFolder, readWorker, workerFiles, writeRun } from './worker-folder.ts';

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
