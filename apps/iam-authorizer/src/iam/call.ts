/** An IAM or STS action: what must be allowed for it, and what it does. */

import { Refused } from '@firesteel/decider/refused';
import type { AnyFact, AppendMeta } from '@firesteel/event-store';
import { type Aggregate, type Handled, handleIn, transact } from '@firesteel/event-store/aggregate';
import type { CompiledPolicy } from '@firesteel/iam-policy/compile';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Journal } from '../access/journal.ts';
import type { Caller, Context } from '../decision/decide.ts';
import {
  type Category,
  type IdentitiesInForce,
  lockChanges,
  type Row,
  type States,
} from '../identity/identities-in-force.ts';
import type { PolicyCache } from '../policy/policy-cache.ts';
import type { Input } from './input.ts';

/** On whose behalf an action is done, and with what. */
export type Call = {
  readonly em: EntityManager;
  readonly caller: Caller;
  readonly identities: IdentitiesInForce;
  readonly policies: PolicyCache;
  readonly masterKey: Buffer;
  readonly now: Date;
  /** Who reads decisions waits for the latest of them. */
  readonly inLog: Journal['inLog'];
  /** What the events of the action keep of their cause. */
  readonly meta: AppendMeta;
};

/** One decision that an action needs. */
export type Need = {
  /** Where it is not the action that was called. */
  readonly action?: string;
  readonly resource: string;
  readonly context?: Context;
  /** Of the role that is to be assumed; null: there is no such role. */
  readonly trust?: CompiledPolicy | null;
};

export type Action = {
  /** What must be allowed; nothing for what everybody may. */
  readonly needs: (input: Input, call: Call) => Promise<readonly Need[]>;
  /** Does it; throws IamRefused and whatever a decider throws. The answer has the model's members. */
  readonly answer: (input: Input, call: Call) => Promise<object>;
};

export type Actions = Readonly<Record<string, Action>>;

/** When it is, as events say it. */
export const at = ({ now }: Call): string => now.toISOString();

/** A command to one of the aggregates that are held in memory too. */
export type Handle = <Kind extends Category, Command, Event extends AnyFact>(
  aggregate: Aggregate<States[Kind], Command, Event> & { readonly category: Kind },
  id: string,
  command: Command,
) => Promise<Handled<States[Kind], Event>>;

/** What a change needs. */
export type Changing = Pick<Call, 'em' | 'identities' | 'meta'>;

/** Handles commands and keeps what came of them, to be in force once it is committed. */
const handling =
  (tx: EntityManager, { meta }: Changing, changed: Row[]): Handle =>
  async (aggregate, id, command) => {
    const handled = await handleIn(tx, aggregate, id, command, meta);
    const { state, version } = handled;
    changed.push({ category: aggregate.category, id, version, state } as Row);
    return handled;
  };

/**
 * Changes under one lock, one after another: what one has looked at, no other changes meanwhile. Once
 * it answers what the work answers, the change is durable and in force.
 */
export async function changeLocked<Result>(
  locked: string,
  changing: Changing,
  work: (tx: EntityManager, handle: Handle) => Promise<Result>,
): Promise<Result> {
  const { em, identities } = changing;
  try {
    const { result, changed } = await transact(em, async (tx) => {
      await lockChanges(tx, locked);
      const changed: Row[] = [];
      return { result: await work(tx, handling(tx, changing, changed)), changed };
    });
    for (const row of changed) identities.apply(row);
    return result;
  } catch (error) {
    // A refusal comes before anything is written; after anything else it may have been, or not.
    if (!(error instanceof Refused)) identities.distrust(locked);
    throw error;
  }
}

/** Changes in an account, one after another. */
export const change = <Result>(
  changing: Changing & { readonly caller: Pick<Caller, 'accountId'> },
  work: (tx: EntityManager, handle: Handle) => Promise<Result>,
): Promise<Result> => changeLocked(changing.caller.accountId, changing, work);
