/** What `npm run bench -- scale …` may be asked. */
import { parseArgs } from 'node:util';
import type { Stages } from './stages.ts';

export type ScaleRequest = {
  readonly runs: number;
  readonly json: boolean;
  readonly stages: Stages;
};

export const scaleUsage = `npm run bench -- scale [--runs N] [--json] [--tasks N] [--wide-seconds S] [--narrow-seconds S]

  scale             seconds of executors that a job of wide, narrow and wide stages is billed, against what its
                    tasks take: with executors that leave, with AWS' defaults, and with a static number
  --runs N          rounds; 3 when not given
  --tasks N         tasks of a wide stage; 8 when not given
  --wide-seconds    what each of them takes; 15 when not given
  --narrow-seconds  what the one task between them takes; 60 when not given
  --json            one JSON document on standard output instead of the table`;

const options = {
  runs: { type: 'string', default: '3' },
  tasks: { type: 'string', default: '8' },
  'wide-seconds': { type: 'string', default: '15' },
  'narrow-seconds': { type: 'string', default: '60' },
  json: { type: 'boolean', default: false },
} as const;

const atLeastOne = (name: string, text: string): number => {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new Error(`--${name} needs a whole number of at least 1.`);
  return value;
};

/**
 * Reads the words after `scale`.
 * @throws Error with one sentence for the user
 */
export function readScaleCommandLine(words: readonly string[]): ScaleRequest {
  const { values } = parseArgs({ args: [...words], options, strict: true });
  return {
    runs: atLeastOne('runs', values.runs),
    json: values.json,
    stages: {
      tasks: atLeastOne('tasks', values.tasks),
      wideSeconds: atLeastOne('wide-seconds', values['wide-seconds']),
      narrowSeconds: atLeastOne('narrow-seconds', values['narrow-seconds']),
    },
  };
}
