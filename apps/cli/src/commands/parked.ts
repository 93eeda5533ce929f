/** `firesteel parked`: events that a service could not take, and what is to become of them. */
import { z } from 'zod';
import { readAnswer } from '../operator/answers.ts';
import { serviceClient } from '../operator/services.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

/** The services that consume events. */
const consumers = [
  'application-registry',
  'job-scheduler',
  'capacity',
  'iam-authorizer',
  'billing',
] as const;
type ConsumerName = (typeof consumers)[number];

const parkedAnswer = z.object({
  parked: z.array(
    z.object({
      globalSeq: z.number(),
      stream: z.string(),
      type: z.string(),
      cause: z.string(),
      parkedAt: z.string(),
    }),
  ),
});
const takenAnswer = z.object({ taken: z.number() });

/** One line of the list. */
export type ParkedLine = z.infer<typeof parkedAnswer>['parked'][number] & {
  readonly service: ConsumerName;
};

/** The lines that `parked list` prints. */
export const parkedLines = (parked: readonly ParkedLine[]): string[] =>
  parked.length === 0
    ? ['Nothing is parked: every service has taken every event.']
    : tableLines(
        [
          { title: 'PARKED', align: 'left' },
          { title: 'TYPE', align: 'left' },
          { title: 'STREAM', align: 'left' },
          { title: 'SINCE', align: 'left' },
          { title: 'WHY', align: 'left' },
        ],
        parked.map(({ service, globalSeq, type, stream, parkedAt, cause }) => [
          `${service}:${globalSeq}`,
          type,
          stream,
          parkedAt,
          cause,
        ]),
      );

/**
 * Reads `<service>:<number>`, as the list shows it.
 * @throws Error that says what is wrong with it
 */
export function readParkedName(text: string): { service: ConsumerName; globalSeq: number } {
  const [, name, digits] = /^([a-z-]+):([1-9]\d*)$/.exec(text) ?? [];
  const service = consumers.find((known) => known === name);
  if (service === undefined)
    throw new Error(
      `${text} is no parked event: take it from the first column of \`firesteel parked list\`.`,
    );
  return { service, globalSeq: Number(digits) };
}

/** Everything that any service has parked. @throws Error when one does not answer */
export async function readParked(layout: CommandContext['layout']): Promise<ParkedLine[]> {
  const all: ParkedLine[] = [];
  for (const service of consumers) {
    const answer = await serviceClient(layout, service).call('GET', '/v1/parked');
    for (const event of readAnswer(parkedAnswer, answer).parked) all.push({ service, ...event });
  }
  return all;
}

/**
 * Shows what is parked, tries it again or gives it up.
 * @param action `list`, `retry` or `drop`
 * @param name undefined for `list`
 * @returns the exit code
 */
export async function parkedCommand(
  { layout, say }: CommandContext,
  action: string,
  name: string | undefined,
  { json }: { readonly json: boolean },
): Promise<number> {
  await mustBeUp(layout);
  if (name === undefined) {
    const all = await readParked(layout);
    if (json) say(JSON.stringify({ parked: all }, null, 2));
    else for (const line of parkedLines(all)) say(line);
    return 0;
  }
  const { service, globalSeq } = readParkedName(name);
  const client = serviceClient(layout, service);
  if (action === 'drop') {
    await client.call('DELETE', `/v1/parked/${globalSeq}`);
    say(`${service} forgets event ${globalSeq}. What waits behind it can be tried again.`);
    return 0;
  }
  const answer = await client.call('POST', `/v1/parked/${globalSeq}/retry`, { body: {} });
  const { taken } = readAnswer(takenAnswer, answer);
  say(
    `${service} took ${taken} ${taken === 1 ? 'event' : 'events'}: nothing of that stream is parked.`,
  );
  return 0;
}
