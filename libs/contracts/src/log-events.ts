/** Facts about the log itself, in streams `log-<incarnation>`: no service's state follows from them. */
import type { Fact } from './events.ts';

/** The log goes on from a backup, in another incarnation; what was signed after the copy is given up. */
export type LogEvent = Fact<
  'LogRestored',
  {
    readonly at: string;
    /** When the copy was made. */
    readonly copiedAt: string;
    /** The last event of the copy and its chain hash; 0 and zeros for an empty log. */
    readonly head: { readonly seq: number; readonly hash: string };
    readonly previousIncarnation: string;
    readonly incarnation: string;
    /** Signed checkpoints that the copy did not have, oldest first. */
    readonly lost: readonly {
      readonly seq: number;
      readonly chainHash: string;
      readonly at: string;
    }[];
  }
>;
