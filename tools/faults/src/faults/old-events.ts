/** 14: events as earlier versions wrote them. */
import { type Fault, unless } from '../fault.ts';
import { lastLines, lineWith, runTests } from '../programs.ts';

export const oldEvents: Fault = {
  number: '14',
  name: 'old-events',
  does: 'events as they were once stored are folded by today’s code',
  passes: 'the rows they gave when they were written',
  method: 'The golden corpus of tools/audit.',
  stack: 'none',
  seconds: 0,
  run: async () => {
    const done = await runTests('tools/audit', 'corpus');
    return {
      measured: lineWith(done, /^Tests:/),
      problems: unless(done.status === 0, lastLines(done, 6)),
    };
  },
};
