/** What billing answers about budgets; money is decimal text in USD. */
import { z } from 'zod';

const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('account') }),
  z.object({ kind: z.literal('application'), applicationId: z.string() }),
  z.object({ kind: z.literal('tag'), key: z.string(), value: z.string() }),
]);
export type BudgetScope = z.infer<typeof scope>;

const budget = z.object({
  budgetId: z.string(),
  accountId: z.string(),
  scope,
  month: z.string(),
  limit: z.string(),
  spent: z.string(),
  percent: z.number(),
  warnAtPercent: z.array(z.number()),
  hard: z.boolean(),
});
export type Budget = z.infer<typeof budget>;

/** The answer of `GET /v1/budgets`. */
export const budgetAnswer = z.object({ budgets: z.array(budget) });

/** What was set. */
export const setBudget = z.object({ budgetId: z.string() });
