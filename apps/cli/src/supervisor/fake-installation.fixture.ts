/** A supervisor over two small services, as a process of its own: `node fake-installation.fixture.ts <home> <port> <port>`. */
import { join } from 'node:path';
import { layoutOf } from '../state/layout.ts';
import type { ProcessPlan } from './process-plan.ts';
import { isHealthy } from './readiness.ts';
import { supervise } from './supervise.ts';

const [home = '', ...ports] = process.argv.slice(2);
const layout = layoutOf(home);

const program = `
  const server = require('node:http').createServer((request, response) => response.end('well'));
  server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('serving'));
  process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });
`;

const plan = (name: string, port: number): ProcessPlan => ({
  name,
  command: process.execPath,
  args: ['-e', program],
  env: { PORT: String(port) },
  cwd: home,
  port,
  isReady: () => isHealthy(port),
  stopSignal: 'SIGTERM',
  graceMs: 3_000,
  replaceSignal: 'SIGTERM',
  countsChildren: false,
});

const [first = 0, second = 0] = ports.map(Number);
process.exit(
  await supervise(
    layout,
    async () => ({
      endpoint: `http://127.0.0.1:${first}`,
      infrastructure: [plan('store', first)],
      prepare: async () => console.log('prepared'),
      services: [plan('worker-agent-zone-a', second)],
      stopOrder: [['worker-agent-zone-a'], ['store']],
      workerDirs: [join(layout.dataDir, 'worker-agent-zone-a', 'workers')],
    }),
    () => undefined,
  ),
);
