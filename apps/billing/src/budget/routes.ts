/** Budgets: what there are, with what is spent of them this month; setting and removing them. For operators only. */
import type { BudgetScope } from '@firesteel/contracts/events';
import { handle } from '@firesteel/event-store/commands';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import { z } from 'zod';
import { account, parsed, usd } from '../parsed.ts';
import { moneyText } from '../rating/round-line.ts';
import { inSnapshot } from '../statement/reading.ts';
import { budgetIdOf } from './budget.ts';
import { budgets, readBudgets } from './budget-table.ts';
import { readSpending, type Spending } from './spending.ts';

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('account') }),
  z.strictObject({
    kind: z.literal('application'),
    applicationId: z.string().regex(/^[0-9a-z]{1,64}$/),
  }),
  z.strictObject({
    kind: z.literal('tag'),
    key: z.string().min(1).max(128),
    value: z.string().max(256),
  }),
]);

const percents = z
  .array(z.number().int().min(1).max(1_000))
  .max(10)
  .transform((all) => [...new Set(all)].sort((a, b) => a - b));

const wish = z.strictObject({
  accountId: account,
  scope,
  monthly: usd.refine((limitE10) => limitE10 > 0n, 'a budget is more than nothing'),
  warnAtPercent: percents.default([80, 100]),
  hard: z.boolean().default(false),
});

/** A budget as it is answered; money is decimal text in USD. */
export type AnsweredBudget = {
  readonly budgetId: string;
  readonly accountId: string;
  readonly scope: BudgetScope;
  readonly month: string;
  readonly limit: string;
  readonly spent: string;
  /** Whole per cent of the limit, rounded down. */
  readonly percent: number;
  readonly warnAtPercent: readonly number[];
  readonly hard: boolean;
};

const answered =
  (month: string) =>
  ({ budget, spentE10 }: Spending): AnsweredBudget => {
    const { budgetId, accountId, scope, limitE10, warnAtPercent, hard } = budget;
    const limit = BigInt(limitE10);
    return {
      ...{ budgetId, accountId, scope, month, warnAtPercent, hard },
      limit: moneyText(limit),
      spent: moneyText(spentE10),
      percent: Number((spentE10 * 100n) / limit),
    };
  };

export type BudgetRouteOptions = {
  readonly now: () => Date;
  /** Judges budgets and returns when that is done. */
  readonly look: () => Promise<void>;
  readonly wakeLedger: () => void;
};

/** The routes of `/v1/budgets`. */
export function budgetRoutes(
  em: EntityManager,
  { now, look, wakeLedger }: BudgetRouteOptions,
): Router {
  const changed = async (): Promise<void> => {
    await look();
    wakeLedger();
  };
  return Router()
    .get('/v1/budgets', async (request, response) => {
      const { accountId } = parsed(z.object({ accountId: account.optional() }), request.query);
      const month = now().toISOString().slice(0, 'yyyy-mm'.length);
      const spending = await inSnapshot(em, async (tx) =>
        readSpending(tx, month, await readBudgets(tx, accountId ?? null)),
      );
      response.json({ budgets: spending.map(answered(month)) });
    })
    .post('/v1/budgets', async (request, response) => {
      const { monthly, ...wished } = parsed(wish, request.body);
      const budgetId = budgetIdOf(wished.accountId, wished.scope);
      const settings = { budgetId, ...wished, limitE10: String(monthly) };
      const command = { type: 'SetBudget', settings, at: now().toISOString() } as const;
      await handle(em, budgets, budgetId, command);
      await changed();
      response.json({ budgetId });
    })
    .delete('/v1/budgets/:budgetId', async (request, response) => {
      const command = { type: 'RemoveBudget', at: now().toISOString() } as const;
      await handle(em, budgets, String(request.params['budgetId']), command);
      await changed();
      response.json({});
    });
}
