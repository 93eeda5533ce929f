// A copy that is older than what was signed and published since: nothing goes on by itself, and then everything does.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Installation, single, startInstallation, submit, waitFor } from './installation.ts';

let installation: Installation;
let folder: string;
/** Short pieces that leave at once, so that the copy needs its segments. */
const settings = {
  CHECKPOINT_EVENTS: '20',
  CHECKPOINT_MINUTES: '0.05',
  SEGMENT_EVENTS: '40',
  SEGMENT_HOT_DAYS: '0',
  SEGMENT_LOOK_SECONDS: '1',
};

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'firesteel-backup-')), 'copy');
  installation = await startInstallation(settings);
}, 180_000);
afterAll(() => {
  installation?.stop();
  rmSync(join(folder, '..'), { recursive: true, force: true });
}, 60_000);

const run = async (): Promise<string | undefined> => {
  const jobRunId = await submit(installation, { script: 'print("done")', conf: single });
  return (await waitFor(installation, jobRunId, 'SUCCESS', 'FAILED', 'CANCELLED')).state;
};
const firesteel = (...words: string[]): string => {
  const { status, output } = installation.firesteel(...words);
  if (status !== 0) throw new Error(`firesteel ${words.join(' ')}: ${output}`);
  return output;
};
const headIn = (output: string): string | undefined => /head (\d+:[0-9a-f]{64})/.exec(output)?.[1];

it('restores the head, names what is lost, and runs on', async () => {
  expect(await run()).toBe('SUCCESS');
  const copied = headIn(firesteel('backup', folder));
  expect(existsSync(join(folder, 'segments'))).toBe(true);
  expect(await run()).toBe('SUCCESS');
  firesteel('verify');
  firesteel('down');

  const refused = installation.firesteel('restore', folder, '--replace');
  expect(refused).toMatchObject({
    status: 1,
    output: expect.stringMatching(/checkpoints that it does not have.*--accept-loss/s),
  });
  const restored = firesteel('restore', folder, '--replace', '--accept-loss');
  const [seq = '0'] = (copied ?? '').split(':');
  // Events that were sequenced while the files were copied are in it too.
  expect(Number(headIn(restored)?.split(':')[0])).toBeGreaterThanOrEqual(Number(seq));
  expect(restored).toMatch(/Given up: events up to \d+/);

  firesteel('up');
  expect(await run()).toBe('SUCCESS');
  expect(firesteel('verify')).toMatch(/verified \d+ events/);
  expect(firesteel('replay')).toMatch(/^0 differences/m);
  expect(firesteel('export')).toContain('"type":"LogRestored"');
}, 600_000);
