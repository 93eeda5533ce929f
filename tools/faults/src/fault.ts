/** What a fault test is: something is done to a real installation, and the outcome is held against a figure. */
import type { Stack } from './stack.ts';

/** What a fault has in hand. */
export type Scene = {
  readonly stack: Stack;
  /** How long the fault goes on; what comes after it, the judging, takes its own time. */
  readonly seconds: number;
  /** Chance that repeats: the same seed, the same choices. In [0, 1). */
  readonly random: () => number;
  readonly say: (line: string) => void;
};

/** What came of it: the figures in words, and everything that was not as it must be. */
export type Outcome = { readonly measured: string; readonly problems: readonly string[] };

export type Fault = {
  /** As in the reliability table that the tests follow. */
  readonly number: string;
  readonly name: string;
  /** What is done, in a few words. */
  readonly does: string;
  /** The pass figure. */
  readonly passes: string;
  /** How it is done here, and what stands in for what this way cannot do. */
  readonly method: string;
  /** `any`: an installation that stays usable; `spoiled`: one that is thrown away after; `none`: it makes its own or needs none. */
  readonly stack: 'any' | 'spoiled' | 'none';
  /** Unless said otherwise. */
  readonly seconds: number;
  readonly run: (scene: Scene) => Promise<Outcome>;
};

/** A problem unless it holds. */
export const unless = (holds: boolean, problem: string): string[] => (holds ? [] : [problem]);
