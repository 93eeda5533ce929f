/** What every command works with. */
import type { Config } from '../config.ts';
import type { Layout } from '../state/layout.ts';
import type { Paint } from '../terminal/paint.ts';

/** Made once, in `main.ts`. */
export type CommandContext = {
  readonly config: Config;
  readonly layout: Layout;
  /** The checkout. */
  readonly repoDir: string;
  readonly paint: Paint;
  /** Prints a line for people. */
  readonly say: (line: string) => void;
};
