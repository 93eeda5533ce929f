/** `firesteel budget`: what an account, an application or a tag may cost a month. */
import { readAnswer } from '../operator/answers.ts';
import { type Budget, type BudgetScope, budgetAnswer, setBudget } from '../operator/budgets.ts';
import { serviceClient } from '../operator/services.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

/** As it was typed. */
export type BudgetOptions = {
  readonly accountId: string | undefined;
  readonly applicationId: string | undefined;
  readonly tag: string | undefined;
  readonly monthly: string | undefined;
  readonly warnAt: string | undefined;
  readonly hard: boolean;
  readonly json: boolean;
};

/** What a budget is to watch. @throws Error with one sentence about what was typed */
export function scopeOf({
  applicationId,
  tag,
}: Pick<BudgetOptions, 'applicationId' | 'tag'>): BudgetScope {
  if (applicationId !== undefined && tag !== undefined)
    throw new Error('A budget watches an application or a tag, not both.');
  if (applicationId !== undefined) return { kind: 'application', applicationId };
  if (tag === undefined) return { kind: 'account' };
  const [, key, value] = /^([^=]+)=(.*)$/.exec(tag) ?? [];
  if (key === undefined || value === undefined)
    throw new Error(`--tag takes KEY=VALUE; ${tag} is none.`);
  return { kind: 'tag', key, value };
}

/** `50,80` → 50 and 80. @throws Error with one sentence for what is no per cent */
export function percentsOf(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^[1-9]\d{0,2}$/.test(part.trim()))
      throw new Error(`--warn-at takes per cents like 50,80,100; ${part} is none.`);
    return Number(part);
  });
}

/** What it watches, for people. */
export function scopeText(scope: BudgetScope): string {
  switch (scope.kind) {
    case 'account':
      return 'account';
    case 'application':
      return `application ${scope.applicationId}`;
    case 'tag':
      return `tag ${scope.key}=${scope.value}`;
  }
}

/** The thresholds that a budget has passed this month; the last says most. */
const passedOf = ({ warnAtPercent, percent }: Budget): number | undefined =>
  warnAtPercent.findLast((threshold) => percent >= threshold);

/** Whether new runs are refused now. */
export const isSpent = ({ hard, percent }: Budget): boolean => hard && percent >= 100;

function stateText(budget: Budget): string {
  if (isSpent(budget)) return 'spent: runs are refused';
  const passed = passedOf(budget);
  return passed === undefined ? '' : `over ${passed} %`;
}

/** Those that somebody should know of. */
export const noteworthy = (budgets: readonly Budget[]): Budget[] =>
  budgets.filter((budget) => stateText(budget) !== '');

/** The lines that `budget list` prints. */
export const budgetLines = (budgets: readonly Budget[]): string[] =>
  tableLines(
    [
      { title: 'BUDGET', align: 'left' },
      { title: 'OF', align: 'left' },
      { title: 'USD A MONTH', align: 'right' },
      { title: 'SPENT', align: 'right' },
      { title: '%', align: 'right' },
      { title: 'WARNS AT', align: 'left' },
      { title: 'HARD', align: 'left' },
      { title: 'STATE', align: 'left' },
    ],
    budgets.map((budget) => [
      budget.budgetId,
      scopeText(budget.scope),
      budget.limit,
      budget.spent,
      String(budget.percent),
      budget.warnAtPercent.join(','),
      budget.hard ? 'yes' : 'no',
      stateText(budget),
    ]),
  );

/** Every budget, of one account or of all. */
export async function readBudgets(
  layout: CommandContext['layout'],
  accountId?: string,
): Promise<Budget[]> {
  const query = new URLSearchParams(accountId === undefined ? {} : { accountId });
  const answer = await serviceClient(layout, 'billing').call('GET', `/v1/budgets?${query}`);
  return readAnswer(budgetAnswer, answer).budgets;
}

async function set({ config, layout, say }: CommandContext, options: BudgetOptions): Promise<void> {
  const { accountId = config.accountId, monthly, warnAt, hard } = options;
  if (monthly === undefined) throw new Error('`budget set` needs --monthly, in USD.');
  const body = {
    accountId,
    scope: scopeOf(options),
    monthly,
    hard,
    ...(warnAt === undefined ? {} : { warnAtPercent: percentsOf(warnAt) }),
  };
  const answer = await serviceClient(layout, 'billing').call('POST', '/v1/budgets', { body });
  const { budgetId } = readAnswer(setBudget, answer);
  for (const line of budgetLines(
    (await readBudgets(layout, accountId)).filter((budget) => budget.budgetId === budgetId),
  ))
    say(line);
}

/**
 * Shows, sets or removes budgets.
 * @param action `list`, `set` or `remove`, which takes a budget's id
 * @returns the exit code
 */
export async function budgetCommand(
  context: CommandContext,
  action: string,
  budgetId: string,
  options: BudgetOptions,
): Promise<number> {
  const { layout, say } = context;
  await mustBeUp(layout);
  if (action === 'set') await set(context, options);
  else if (action === 'remove') {
    const path = `/v1/budgets/${encodeURIComponent(budgetId)}`;
    await serviceClient(layout, 'billing').call('DELETE', path);
    say(`The budget ${budgetId} is removed.`);
  } else {
    const budgets = await readBudgets(layout, options.accountId);
    if (options.json) say(JSON.stringify({ budgets }, null, 2));
    else for (const line of budgetLines(budgets)) say(line);
  }
  return 0;
}
