/**
 * Requests that were authorised but for the keys in their bodies: in which circumstances they came,
 * until whoever reads the body asks about the keys. In memory: a request does not outlive the process
 * that it was authorised by.
 */
import type { Context } from '../decision/decide.ts';

export type DeferredKeys = {
  readonly remember: (requestId: string, context: Context) => void;
  /** The keys of a request are asked about once; undefined when it is not known, or forgotten. */
  readonly take: (requestId: string) => Context | undefined;
};

/** A body of DeleteObjects is here long before. */
const rememberedMs = 10 * 60_000;
const mostRemembered = 10_000;

export function createDeferredKeys(now: () => Date): DeferredKeys {
  const known = new Map<string, { readonly context: Context; readonly untilMs: number }>();
  const forgetOld = (): void => {
    for (const [requestId, { untilMs }] of known) {
      if (untilMs > now().getTime() && known.size < mostRemembered) return;
      known.delete(requestId);
    }
  };
  return {
    remember: (requestId, context) => {
      forgetOld();
      known.set(requestId, { context, untilMs: now().getTime() + rememberedMs });
    },
    take: (requestId) => {
      const found = known.get(requestId);
      known.delete(requestId);
      return found?.context;
    },
  };
}
