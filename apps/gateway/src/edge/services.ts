/** The services behind the gateway, and who stands behind a call. */
import type { Caller } from '@firesteel/http/caller';
import type { InternalClient } from '@firesteel/http/internal-client';

/** Clients of every service the gateway asks. */
export type Services = {
  readonly registry: InternalClient;
  readonly scheduler: InternalClient;
  readonly capacity: InternalClient;
  readonly authorizer: InternalClient;
  readonly billing: InternalClient;
  /** How an operation waits for an application that is stopping; a timer unless said otherwise. */
  readonly pause?: (delayMs: number) => Promise<unknown>;
};

/** A request whose caller may do what it asks. */
export type Allowed = {
  readonly caller: Caller;
  /** Only when a role was to be passed: whether the service may assume it. */
  readonly executionRoleAssumable: boolean;
};
