/** How an installation is judged after a fault: by the journal, by the log, by the machine, by the re-rater. */
import { compare, readJournalFile } from './journal.ts';
import { workerProcesses } from './processes.ts';
import { eventually, type Stack } from './stack.ts';
import { isFinal, type Place } from './workload.ts';

/** Ids by token, as the log has them: every run that was ever submitted under the token. */
async function madeFor(stack: Stack): Promise<Map<string, string[]>> {
  const rows = await stack.sql<{ name: string; ids: string[] }>(
    `select data->>'name' as name, array_agg(data->>'jobRunId') as ids
     from log.event where type = 'JobRunSubmitted' and data->>'name' is not null group by 1`,
  );
  return new Map(rows.map(({ name, ids }) => [name, ids]));
}

const statesOf = async (stack: Stack, place: Place) =>
  stack.sql<{ id: string; status: string }>(
    'select id, status from job_scheduler.job_run where application_id in (?, ?)',
    [place.applicationId, place.bareApplicationId],
  );

/** Waits until every run of the place has ended. @returns those that have not within the patience */
export async function unended(
  stack: Stack,
  place: Place,
  patienceMs = 300_000,
): Promise<readonly string[]> {
  let left: string[] = [];
  const ask = async (): Promise<true | undefined> => {
    const rows = await statesOf(stack, place).catch(() => undefined);
    left = rows?.filter(({ status }) => !isFinal(status)).map(({ id }) => id) ?? ['unknown'];
    return left.length === 0 ? true : undefined;
  };
  await eventually('every run’s end', ask, patienceMs, 500).catch(() => undefined);
  return left;
}

/** Worker processes of runs that have ended, after a while to go. */
export async function orphans(stack: Stack, patienceMs = 30_000): Promise<readonly string[]> {
  let left: string[] = [];
  const ask = (): true | undefined => {
    left = workerProcesses(stack.home).map(({ workerId }) => workerId);
    return left.length === 0 ? true : undefined;
  };
  await eventually('the last worker’s end', ask, patienceMs, 500).catch(() => undefined);
  return left;
}

/** Usage that was metered twice, and books that do not balance. */
async function billingProblems(stack: Stack): Promise<string[]> {
  const twice = await stack.sql<{ workers: string }>(
    `select data->>'workerId' as workers from log.event where type = 'WorkerUsageMetered'
     group by data->>'workerId', data->>'jobRunId', data->>'attempt' having count(*) > 1`,
  );
  return twice.map(({ workers }) => `metered twice: ${workers}`);
}

/** The chain, every service's rows worked out again from the log, every bill worked out again by the re-rater. */
export async function logProblems(stack: Stack): Promise<string[]> {
  const checks = [['verify'], ['replay'], ['statement', '--check', '--format', 'json']];
  const problems: string[] = [];
  for (const words of checks) {
    const { status, output } = await stack.firesteel(...words);
    if (status !== 0)
      problems.push(
        `firesteel ${words[0]} says ${output.trim().split('\n').slice(-3).join(' | ')}`,
      );
  }
  return problems;
}

export type Judgement = { readonly words: string; readonly problems: readonly string[] };

/** Everything that must hold whatever was done: nothing lost, doubled, orphaned or unended, and a log that adds up. */
export async function judge(
  stack: Stack,
  place: Place,
  journalFile: string,
  patienceMs = 300_000,
): Promise<Judgement> {
  const left = await unended(stack, place, patienceMs);
  const orphaned = await orphans(stack);
  const { acknowledged, lost, doubled } = compare(
    readJournalFile(journalFile),
    await madeFor(stack),
  );
  return {
    words: `${acknowledged} acknowledged, ${lost.length} lost, ${doubled.length} doubled, ${orphaned.length} orphans, ${left.length} not ended`,
    problems: [
      ...lost.map((token) => `lost: ${token}`),
      ...doubled.map((token) => `doubled: ${token}`),
      ...orphaned.map((worker) => `orphan: ${worker}`),
      ...left.map((run) => `not ended: ${run}`),
      ...(await billingProblems(stack)),
      ...(await logProblems(stack)),
    ],
  };
}
