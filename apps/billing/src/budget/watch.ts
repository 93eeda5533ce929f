/** Looks at the budgets after what was posted, one look at a time; looks that are asked for meanwhile are one more. */
import type { BudgetEvent } from '@firesteel/contracts/events';
import type { Domain } from '@firesteel/service/domain-service';
import type { EntityManager } from '@mikro-orm/postgresql';
import { moneyText } from '../rating/round-line.ts';
import { judgeBudgets } from './spending.ts';

export type BudgetWatch = {
  readonly em: EntityManager;
  readonly now: () => Date;
  readonly wakeLedger: () => void;
  readonly log: Pick<Domain['log'], 'warn' | 'info' | 'error'>;
};

function say(log: BudgetWatch['log'], { type, data }: BudgetEvent): void {
  if (type === 'BudgetThresholdPassed' || type === 'BudgetExhausted') {
    const { budgetId, month } = data;
    const spent = moneyText(BigInt(data.spentE10));
    const limit = moneyText(BigInt(data.limitE10));
    const what =
      type === 'BudgetExhausted'
        ? 'a budget is spent: new runs are refused'
        : `${data.percent} % of a budget are spent`;
    log.warn({ budgetId, month, spent, limit }, what);
  }
  if (type === 'BudgetRecovered') log.info({ budgetId: data.budgetId }, 'a budget has recovered');
}

/** Answers a function that asks for a look and resolves after it. */
export function createBudgetWatch({ em, now, wakeLedger, log }: BudgetWatch): () => Promise<void> {
  const look = async (): Promise<void> => {
    const stated = await judgeBudgets(em, now().toISOString());
    for (const event of stated) say(log, event);
    if (stated.length > 0) wakeLedger();
  };
  let current = Promise.resolve();
  let waiting = false;
  return () => {
    if (waiting) return current;
    waiting = true;
    current = current
      .then(() => {
        waiting = false;
        return look();
      })
      .catch((error: unknown) => log.error({ err: error }, 'budgets were not looked at'));
    return current;
  };
}
