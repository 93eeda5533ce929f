/** `firesteel audit`: who asked for what, what was decided, and by which statement. */
import { type AccessDecision, accessDecisions, readAnswer } from '../operator/answers.ts';
import { serviceClient } from '../operator/services.ts';
import type { Paint } from '../terminal/paint.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

/** As it was typed. */
export type AuditOptions = {
  readonly principal: string | undefined;
  readonly action: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly accountId: string | undefined;
  readonly limit: string | undefined;
  readonly allowed: boolean;
  readonly denied: boolean;
  readonly json: boolean;
};

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const ago = /^(\d{1,6})([smhdw])$/;
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since 1970; NaN for what is no moment. */
function momentMs(text: string, nowMs: number): number {
  const [, count, unit = ''] = ago.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (unitMs[unit] ?? 0);
  const [, time, , , zone] = iso.exec(text) ?? [];
  // JavaScript takes a time without a zone for the machine's own.
  const complete = time !== undefined && zone === undefined ? `${text}Z` : text;
  return iso.test(text) ? Date.parse(complete) : Number.NaN;
}

/**
 * The moment that a word means: `10m`, `2h`, `3d` ago, or ISO-8601, in UTC where it names no zone.
 * @returns ISO-8601 UTC
 * @throws Error with one sentence when it means none
 */
export function momentOf(option: string, text: string, nowMs: number): string {
  const moment = new Date(momentMs(text, nowMs));
  if (!Number.isNaN(moment.getTime())) return moment.toISOString();
  throw new Error(`--${option} takes 10m, 2h, 3d or an ISO-8601 time; ${text} is none.`);
}

/** `user/alice` is that user of any account; an ARN is itself. */
const principalOf = (text: string): string =>
  text.includes(':') || text.startsWith('*') ? text : `*:${text}`;

function limitOf(text: string): string {
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000) return text;
  throw new Error(`--limit takes a number from 1 to 1000; ${text} is none.`);
}

function accountOf(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new Error(`--account takes twelve digits; ${text} is no account id.`);
}

/**
 * What is asked of iam-authorizer.
 * @throws Error with one sentence about what was typed
 */
export function auditQuery(options: AuditOptions, nowMs: number): Record<string, string> {
  const { principal, action, since, until, accountId, limit, allowed, denied } = options;
  if (allowed && denied) throw new Error('--allowed and --denied exclude each other.');
  return {
    ...(principal === undefined ? {} : { principal: principalOf(principal) }),
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { since: momentOf('since', since, nowMs) }),
    ...(until === undefined ? {} : { until: momentOf('until', until, nowMs) }),
    ...(accountId === undefined ? {} : { accountId: accountOf(accountId) }),
    ...(limit === undefined ? {} : { limit: limitOf(limit) }),
    ...(allowed || denied ? { allowed: String(allowed) } : {}),
  };
}

/** Anybody can ask for anything: what they wrote must not move the cursor of who reads it. */
const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The lines that `audit` prints. */
export const auditLines = (decisions: readonly AccessDecision[], paint: Paint): string[] =>
  tableLines(
    ['AT', 'DECISION', 'PRINCIPAL', 'FROM', 'ACTION', 'RESOURCE', 'DECIDED BY'].map((title) => ({
      title,
      align: 'left',
    })),
    decisions.map(({ at, allowed, principal, sourceIp, action, resource, decidedBy }) =>
      [
        at,
        allowed ? 'allowed' : 'denied',
        principal ?? 'unknown',
        sourceIp,
        action,
        resource,
        decidedBy,
      ].map(printable),
    ),
    (text, row, column) => {
      if (row === -1) return paint.dim(text);
      if (column !== 1) return text;
      return decisions[row]?.allowed ? paint.green(text) : paint.red(text);
    },
  );

/** @returns the exit code */
export async function auditCommand(
  { layout, say, paint }: CommandContext,
  options: AuditOptions,
): Promise<number> {
  const query = new URLSearchParams(auditQuery(options, Date.now()));
  await mustBeUp(layout);
  const answer = await serviceClient(layout, 'iam-authorizer').call('GET', `/v1/access?${query}`);
  const { decisions } = readAnswer(accessDecisions, answer);
  if (options.json) for (const decision of decisions) say(JSON.stringify(decision));
  else for (const line of auditLines(decisions, paint)) say(line);
  return 0;
}
