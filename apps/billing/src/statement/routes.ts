/** Questions for statements, and issuing them. */
import { Refused } from '@firesteel/decider/refused';
import { handleIn, transact } from '@firesteel/event-store/aggregate';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { parsed } from '../parsed.ts';
import { heldBack } from './held-back.ts';
import { digestOf } from './lines.ts';
import { boundsOf, requireMonth } from './month.ts';
import { accountsOf, inSnapshot, readLines, readStatement, readThroughSeq } from './reading.ts';
import { statementIdOf } from './statement.ts';
import { statements } from './statement-table.ts';

const moment = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'asKnownAt is an ISO-8601 moment');
const question = z.object({
  accountId: z.string().optional(),
  asKnownAt: moment.optional(),
  throughSeq: z.coerce.number().int().min(0).optional(),
});

const order = z.object({
  accountId: z.string(),
  /** What was looked at and checked: no other statement is issued than this one. */
  throughSeq: z.number().int(),
  digest: z.string(),
  /** Before the month is over; all that is still to come will be corrections. */
  early: z.boolean().default(false),
});

const monthOf = (request: Request): string => requireMonth(String(request.params['month']));

/** @throws Refused unless a statement of the month can be issued now */
async function requireIssuable(
  tx: EntityManager,
  month: string,
  early: boolean,
  at: Date,
): Promise<void> {
  const { end } = boundsOf(month);
  if (!early && at.getTime() < Date.parse(end))
    throw new Refused('Invalid', `${month} is not over before ${end}`);
  const reason = await heldBack(tx);
  if (reason !== null) throw new Refused('Conflict', `No statement is issued: ${reason}`);
}

export type StatementOptions = { readonly now: () => Date; readonly wakeLedger: () => void };

/** The routes of `/v1/statements`. */
export function statementRoutes(em: EntityManager, { now, wakeLedger }: StatementOptions): Router {
  return Router()
    .get('/v1/statements/:month', async (request, response) => {
      const month = monthOf(request);
      const { accountId, asKnownAt, throughSeq } = parsed(question, request.query);
      // Whoever asks on an account's behalf sees that account's alone.
      const only = request.get('x-firesteel-account') ?? accountId;
      const answer = await inSnapshot(em, async (tx) => {
        const accounts = only === undefined ? await accountsOf(tx, month) : [only];
        const cursor = await readThroughSeq(tx);
        const known = {
          throughSeq: Math.min(throughSeq ?? cursor, cursor),
          asKnownAt: asKnownAt ?? null,
        };
        const read = [];
        for (const account of accounts) read.push(await readStatement(tx, account, month, known));
        return {
          month,
          throughSeq: known.throughSeq,
          heldBack: await heldBack(tx),
          statements: read,
        };
      });
      response.json(answer);
    })
    .post('/v1/statements/:month/issue', async (request, response) => {
      const month = monthOf(request);
      const { accountId, throughSeq, digest, early } = parsed(order, request.body);
      const at = now();
      const issued = await transact(em, async (tx) => {
        await requireIssuable(tx, month, early, at);
        const cursor = await readThroughSeq(tx);
        const lines = await readLines(tx, accountId, month, { throughSeq, asKnownAt: null });
        if (throughSeq > cursor || digestOf(lines) !== digest)
          throw new Refused(
            'Conflict',
            `the statement of ${accountId} for ${month} is not the one that was checked`,
          );
        const id = statementIdOf(accountId, month);
        const command = { type: 'IssueStatement', accountId, month, throughSeq, lines } as const;
        const { state } = await handleIn(tx, statements, id, { ...command, at: at.toISOString() });
        return state.status === 'ISSUED' ? state.revisions.at(-1) : undefined;
      });
      wakeLedger();
      response.json(issued);
    });
}
