import type { InstallationStatus } from '../supervisor/installation-status.ts';
import { paintWith } from '../terminal/paint.ts';
import { stopRank } from './down.ts';
import { wholeLines } from './foreground.ts';
import { statusLines } from './status.ts';
import { zonesNotRunning } from './up.ts';

const status: InstallationStatus = {
  stage: 'ready',
  endpoint: 'http://127.0.0.1:4580',
  supervisor: { pid: 1, startedAtMs: 0 },
  processes: [
    {
      name: 'gateway',
      state: 'ready',
      pid: 12,
      port: 4580,
      startedAtMs: 5_000,
      restarts: 0,
      lastExit: null,
      memoryBytes: 33e6,
      adopted: false,
      everReady: true,
    },
    {
      name: 'billing',
      state: 'restarting',
      pid: null,
      port: 21_000,
      startedAtMs: null,
      restarts: 2,
      lastExit: 'signal SIGKILL',
      memoryBytes: 0,
      adopted: false,
      everReady: true,
    },
  ],
};

describe('statusLines', () => {
  it('names what is not ready, how often it restarted and how it ended', () => {
    expect(statusLines(status, 65_000, paintWith(false))).toEqual([
      'http://127.0.0.1:4580  not everything is ready (ready), 33 MB of memory',
      '',
      'NAME     STATE       PID   PORT     UPTIME  RESTARTS  MEMORY  LAST EXIT',
      'gateway  ready        12   4580  1 min 0 s         0   33 MB',
      'billing  restarting    -  21000          -         2       -  signal SIGKILL',
    ]);
  });
});

it('says which zones a running installation lacks', () => {
  const processes = status.processes.map((one) => ({ ...one, name: 'worker-agent-zone-a' }));
  expect(zonesNotRunning(['zone-a', 'zone-b'], { processes })).toEqual(['zone-b']);
  expect(zonesNotRunning(['zone-a'], { processes })).toEqual([]);
});

describe('stopRank', () => {
  it('ends leftovers in the supervisor’s order', () => {
    const names = ['postgres', 'kafka', 'billing', 'worker-agent-zone-a', 'gateway'];
    expect(names.toSorted((a, b) => stopRank(a) - stopRank(b))).toEqual(names.toReversed());
  });
});

describe('wholeLines', () => {
  it('leaves an unfinished line for later', () => {
    expect(wholeLines('é\nb\nc')).toEqual({ lines: ['é', 'b'], length: 5 });
    expect(wholeLines('c')).toEqual({ lines: [], length: 0 });
  });
});
