/** 6: the ledger is stopped, another one takes over, the first wakes up and knows nothing of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@firesteel/event-store/test-database';
import { startBeside } from '../beside.ts';
import { type Fault, unless } from '../fault.ts';
import { eventually, type Stack } from '../stack.ts';
import { underLoad } from '../under-load.ts';

type Counts = { readonly events: string; readonly head: string; readonly twice: string };

const countsOf = async (stack: Stack): Promise<Counts> => {
  const [row] = await stack.sql<Counts>(
    `select count(*)::text as events, max(global_seq)::text as head,
       (count(*) - count(distinct pos))::text as twice from log.sequenced`,
  );
  return row ?? { events: '0', head: '0', twice: '0' };
};

export const twoLedgers: Fault = {
  number: '6',
  name: 'two-ledgers',
  does: 'SIGSTOP of the ledger, a second one takes over, SIGCONT of the first; then the second is superseded in its turn',
  passes: '0 events sequenced twice, no fork, no gap; both that were superseded end by themselves',
  method:
    'The second ledger has the first one’s command line and environment, and ports of its own. The supervisor is stopped with the first one: it would kill it after half a minute without an answer.',
  stack: 'any',
  seconds: 20,
  run: async (scene) => {
    const { stack, seconds, say } = scene;
    let firstEnded = false;
    let secondEnded = false;
    const { judgement } = await underLoad(scene, { bareEveryMs: 300 }, async () => {
      const first = await stack.signal('ledger', 'SIGSTOP');
      if (first === undefined) throw new Error('the ledger has no process at the moment');
      const [PORT, LEDGER_WAKE_PORT] = [String(await freePort()), String(await freePort())];
      const second = startBeside(first, { PORT, LEDGER_WAKE_PORT })();
      const gone = new Promise<void>((resolve) => second.once('exit', () => resolve()));
      const supervisor = await stack.signal('supervisor', 'SIGSTOP');
      try {
        await pause(seconds * 1_000);
        process.kill(first, 'SIGCONT');
        if (supervisor !== undefined) process.kill(supervisor, 'SIGCONT');
        const replaced = async (): Promise<true | undefined> => {
          const now = (await stack.status())?.processes.find(({ name }) => name === 'ledger');
          return now?.pid !== first && now?.state === 'ready' ? true : undefined;
        };
        await eventually('the first ledger’s end', replaced, 60_000);
        firstEnded = true;
        say('the first has ended and was started again');
        await Promise.race([gone, pause(60_000)]);
        secondEnded = second.exitCode !== null;
      } finally {
        if (supervisor !== undefined) process.kill(supervisor, 'SIGCONT');
        await stack.signal('ledger', 'SIGCONT');
        second.kill('SIGKILL');
      }
    });
    const { events, head, twice } = await countsOf(stack);
    return {
      measured: `${events} events, ${twice} sequenced twice, head ${head}; ${judgement.words}`,
      problems: [
        ...judgement.problems,
        ...unless(twice === '0', `${twice} events sequenced twice`),
        ...unless(events === head, `${events} events and head ${head}: not dense`),
        ...unless(firstEnded, 'the first ledger goes on'),
        ...unless(secondEnded, 'the second ledger goes on'),
      ],
    };
  },
};
