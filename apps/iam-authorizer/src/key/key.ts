/** An access key that was made with the API, of an IAM user or of its account's root user. */
import type { KeyEvent } from '@firesteel/contracts/events';
import type { Decider } from '@firesteel/decider';
import { IamRefused } from '../iam/iam-refused.ts';
import { requireQuota } from '../identity/limits.ts';

type Issue = Omit<Extract<KeyEvent, { type: 'KeyIssued' }>['data'], 'at'>;
export type KeyStatus = 'Active' | 'Inactive';

export type Key = Issue & {
  readonly exists: true;
  readonly status: KeyStatus;
  readonly createdAt: string;
};
export type KeyState = { readonly exists: false } | Key;

export type KeyCommand =
  /** `keys`: how many the user has already, whatever their status. */
  | {
      readonly type: 'IssueKey';
      readonly issue: Issue;
      readonly keys: number;
      readonly at: string;
    }
  | { readonly type: 'SetStatus'; readonly status: KeyStatus; readonly at: string }
  | { readonly type: 'DeleteKey'; readonly at: string };

/** Access keys that one user may have (IAM user guide, reference_iam-quotas). */
export const mostKeys = 2;

/** What is said of a key that is not there, or not the user's. */
export const noSuchKey = (accessKeyId: string): IamRefused =>
  new IamRefused('NoSuchEntity', `The Access Key with id ${accessKeyId} cannot be found.`);

function decide(command: KeyCommand, state: KeyState): readonly KeyEvent[] {
  const { at } = command;
  if (command.type === 'IssueKey') {
    requireQuota('AccessKeysPerUser', mostKeys, command.keys);
    return [{ type: 'KeyIssued', data: { ...command.issue, at } }];
  }
  if (!state.exists) throw noSuchKey('that is asked for');
  if (command.type === 'DeleteKey') return [{ type: 'KeyDeleted', data: { at } }];
  const { status } = command;
  return status === state.status ? [] : [{ type: 'KeyStatusSet', data: { status, at } }];
}

function evolve(state: KeyState, event: KeyEvent): KeyState {
  if (event.type === 'KeyIssued') {
    const { at, ...issue } = event.data;
    return { exists: true, ...issue, status: 'Active', createdAt: at };
  }
  if (!state.exists) return state;
  return event.type === 'KeyDeleted' ? { exists: false } : { ...state, status: event.data.status };
}

export const key: Decider<KeyState, KeyCommand, KeyEvent> = {
  initial: { exists: false },
  decide,
  evolve,
};
