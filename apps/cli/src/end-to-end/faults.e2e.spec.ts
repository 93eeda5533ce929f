// The short set of tools/faults: those that measure no time, against one installation.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Installation, startInstallation } from './installation.ts';

const program = fileURLToPath(new URL('../../../../tools/faults/src/main.ts', import.meta.url));

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation();
}, 180_000);
afterAll(() => installation?.stop(), 60_000);

it.each(['two-ledgers', 'power-cut', 'tamper'])(
  '%s',
  (name) => {
    const words = [program, name, '--stack', 'running', '--seconds', '5'];
    const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        FIRESTEEL_HOME: installation.home,
      },
      encoding: 'utf8',
    });
    expect(`${done.stdout}${done.status === 0 ? '' : done.stderr}`).toMatch(/^passed /);
  },
  480_000,
);
