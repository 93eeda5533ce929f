/** An agent in a process of its own, so that a test can kill it: `agent-process.ts <configuration as JSON>`. */
import { startWorkerAgent } from '../worker-agent.ts';

const quiet = (): void => undefined;
const agent = await startWorkerAgent(JSON.parse(process.argv[2] ?? '{}'), {
  serviceAuthorization: () => 'Bearer test',
  log: { info: quiet, warn: quiet, error: (details, message) => console.error(message, details) },
});
process.once('SIGTERM', () => {
  agent.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
