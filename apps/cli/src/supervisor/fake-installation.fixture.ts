/** A supervisor over two small services, as a process of its own: `node fake-installation.fixture.ts <home> <port> <port> <zone>`. */
import { join } from 'node:path';
import { layoutOf } from '../state/layout.ts';
import { background } from './precedence.ts';
import type { ProcessPlan } from './process-plan.ts';
import { answersHealth, isHealthy } from './readiness.ts';
import { supervise } from './supervise.ts';

const [home = '', first = '', second = '', zone = ''] = process.argv.slice(2);
const layout = layoutOf(home);

const program = `
  const server = require('node:http').createServer((request, response) => response.end('well'));
  const { PORT, LISTEN_FD } = process.env;
  server.listen(LISTEN_FD ? { fd: Number(LISTEN_FD) } : { port: Number(PORT), host: '127.0.0.1' }, () => console.log('serving'));
  process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });
`;

const plan = (name: string, port: number): ProcessPlan => ({
  name,
  command: process.execPath,
  args: ['-e', program],
  env: { PORT: String(port) },
  cwd: home,
  port,
  takesSocket: true,
  isReady: () => isHealthy(port),
  answers: (withinMs) => answersHealth(port, withinMs),
  silenceMs: 6_000,
  stopSignal: 'SIGTERM',
  graceMs: 3_000,
  replaceSignal: 'SIGTERM',
  niceness: background,
  countsChildren: false,
});

const agent = `worker-agent-${zone}`;
process.exit(
  await supervise(
    layout,
    async () => ({
      endpoint: `http://127.0.0.1:${first}`,
      infrastructure: [plan('store', Number(first))],
      prepare: async () => console.log('prepared'),
      services: [plan(agent, Number(second))],
      stopOrder: [[agent], ['store']],
      workerDirs: [join(layout.dataDir, agent, 'workers')],
    }),
    () => undefined,
  ),
);
