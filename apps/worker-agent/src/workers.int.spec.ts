import { describeWorkers } from './conformance/workers.conformance.ts';
import { makeBed } from './test/agent-under-test.ts';

describeWorkers('a worker-agent', async () => {
  const bed = await makeBed();
  // The folder is known to the test bed, so that it ends whatever is left in it.
  for (const workerId of ['w1', 'w2']) bed.folderOf(workerId);
  await bed.start();
  return {
    say: bed.capacity.say,
    heard: () => bed.capacity.messages,
    acknowledge: (facts) => {
      bed.capacity.acknowledges = facts;
    },
    disconnect: bed.capacity.dropConnections,
    close: bed.clear,
  };
});
