/** `firesteel statement`: what a month costs, checked by a second program and issued as a fact. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readAnswer } from '../operator/answers.ts';
import { serviceClient } from '../operator/services.ts';
import {
  correctedUsage,
  issuedStatement,
  type Statement,
  type StatementAnswer,
  statementAnswer,
} from '../operator/statements.ts';
import { moneyText } from '../statement/amounts.ts';
import { checkLines, checkStatements } from '../statement/check.ts';
import { groupingOf } from '../statement/grouping.ts';
import { formatOf, statementText } from '../statement/text.ts';
import { momentOf } from './audit.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';
import { auditEnvironment, auditProgram } from './program-of-service.ts';

/** As it was typed. */
export type StatementOptions = {
  readonly month: string | undefined;
  readonly accountId: string | undefined;
  readonly by: string | undefined;
  readonly format: string | undefined;
  readonly asKnownAt: string | undefined;
  readonly check: boolean;
  readonly early: boolean;
  readonly seconds: string | undefined;
  readonly reason: string | undefined;
  /** Who corrects. */
  readonly who: string | undefined;
};

/** This month, UTC, where none is named. @throws Error with one sentence for what is no month */
export function monthOf(text: string | undefined, now: Date): string {
  const month = text ?? now.toISOString().slice(0, 'yyyy-mm'.length);
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return month;
  throw new Error(`--month takes a month like 2026-11; ${month} is none.`);
}

async function readStatements(
  { layout }: CommandContext,
  { month, accountId, asKnownAt }: StatementOptions,
): Promise<StatementAnswer> {
  const query = new URLSearchParams({
    ...(accountId === undefined ? {} : { accountId }),
    ...(asKnownAt === undefined
      ? {}
      : { asKnownAt: momentOf('as-known-at', asKnownAt, Date.now()) }),
  });
  const path = `/v1/statements/${monthOf(month, new Date())}?${query}`;
  return readAnswer(statementAnswer, await serviceClient(layout, 'billing').call('GET', path));
}

const check = (context: CommandContext, answer: StatementAnswer, accountId: string | undefined) =>
  checkStatements(answer, {
    exporter: auditProgram(context, 'export.ts', [], auditEnvironment(context)),
    rerater: join(context.repoDir, 'tools', 'rerater', 'rerate.py'),
    accountId,
  });

async function issue(
  { layout, say }: CommandContext,
  { accountId, month, throughSeq, digest }: Statement,
  early: boolean,
): Promise<void> {
  const body = { accountId, throughSeq, digest, early };
  const issued = readAnswer(
    issuedStatement,
    await serviceClient(layout, 'billing').call('POST', `/v1/statements/${month}/issue`, { body }),
  );
  const total = moneyText(BigInt(issued.totalE10));
  say(
    `${accountId} ${month}: revision ${issued.revision}, ${issued.lineCount} lines, ${total} USD, digest ${issued.digest}`,
  );
}

async function show(context: CommandContext, options: StatementOptions): Promise<number> {
  const format = formatOf(options.format ?? 'table');
  const by = groupingOf(options.by ?? 'run');
  const answer = await readStatements(context, options);
  for (const line of statementText(answer, format, by)) context.say(line);
  if (!options.check) return 0;
  const checked = await check(context, answer, options.accountId);
  // What is meant for programs is not mixed with what the check says.
  for (const line of checkLines(checked)) console.error(line);
  return checked.findings.length === 0 ? 0 : 1;
}

async function issueAll(context: CommandContext, options: StatementOptions): Promise<number> {
  const answer = await readStatements(context, options);
  if (answer.heldBack !== null) throw new Error(`No statement is issued: ${answer.heldBack}.`);
  const checked = await check(context, answer, options.accountId);
  for (const line of checkLines(checked)) context.say(line);
  if (checked.findings.length > 0) {
    context.say('No statement is issued.');
    return 1;
  }
  for (const statement of answer.statements) await issue(context, statement, options.early);
  return 0;
}

/** What an operator says of a usage. @throws Error with one sentence about what was typed */
export function correctionOf({
  seconds,
  reason,
  who,
}: Pick<StatementOptions, 'seconds' | 'reason' | 'who'>): {
  readonly seconds: number;
  readonly reason: string;
  readonly by: string;
} {
  if (seconds === undefined || !/^\d{1,9}$/.test(seconds))
    throw new Error('`statement correct` needs --seconds, a whole number.');
  if (reason === undefined || reason.trim() === '')
    throw new Error('`statement correct` needs --reason: it is kept in the log.');
  return { seconds: Number(seconds), reason, by: who ?? userInfo().username };
}

async function correct(
  { layout, say }: CommandContext,
  usageId: string,
  options: StatementOptions,
): Promise<number> {
  const path = `/v1/usages/${encodeURIComponent(usageId)}/corrections`;
  const body = correctionOf(options);
  const answer = await serviceClient(layout, 'billing').call('POST', path, { body });
  const { jobRunId, applicationId, seconds, added } = readAnswer(correctedUsage, answer);
  const payer = jobRunId ?? `application-${applicationId}`;
  const change = `${added.billedSeconds < 0 ? '' : '+'}${added.billedSeconds}`;
  say(`${payer}: the usage is of ${seconds} billed seconds now (${change}).`);
  return 0;
}

/**
 * Shows statements, issues them once the check found nothing, or corrects what they are made of.
 * @param action `show`, `issue` or `correct`, which takes a usage's id
 * @returns the exit code: 1 when the check found differences
 */
export async function statementCommand(
  context: CommandContext,
  action: string,
  usageId: string,
  options: StatementOptions,
): Promise<number> {
  await mustBeUp(context.layout);
  if (action === 'correct') return correct(context, usageId, options);
  return action === 'issue' ? issueAll(context, options) : show(context, options);
}
