// A store as a process of its own, for tests that kill it: `store-process.ts <data directory>`.
// Writes the port it listens on as one line, and trusts whoever calls.
import { createServer } from 'node:http';
import { createObjectStore } from '../object-store.ts';
import { policiesIn } from './loopback-store.ts';

const [, , dataDir = ''] = process.argv;
const store = await createObjectStore({
  dataDir,
  now: () => new Date(),
  region: 'us-east-1',
  openPayload: (request) => request,
  mayDelete: async (_request, _bucket, keys) => new Set(keys),
  policies: policiesIn(new Map()),
  report: (incident) => process.stderr.write(`${JSON.stringify(incident)}\n`),
});
const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 }, (request, response) => {
  request.headers['x-firesteel-account'] ??= '123456789012';
  store.handle(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
