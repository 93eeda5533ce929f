/**
 * Moments as they would be had nobody set the clock. What time alone brings about must not come of a clock that was put
 * right in the meantime, or of a laptop that slept.
 */

type Sighting = { readonly wallMs: number; readonly monotonicMs: number };

export class SteadyClock {
  private readonly now: () => Date;
  private readonly monotonicMs: () => number;
  private sightings: ReadonlyMap<string, Sighting> = new Map();

  constructor(now: () => Date, monotonicMs: () => number) {
    this.now = now;
    this.monotonicMs = monotonicMs;
  }

  /** Now, by the clock as it is. */
  at(): string {
    return this.now().toISOString();
  }

  /**
   * Now for each thing: when it was first looked at by the clock as it was then, and what has passed since. What is not
   * looked at is forgotten.
   */
  look(things: readonly string[]): ReadonlyMap<string, string> {
    const seen: Sighting = { wallMs: this.now().getTime(), monotonicMs: this.monotonicMs() };
    this.sightings = new Map(things.map((thing) => [thing, this.sightings.get(thing) ?? seen]));
    return new Map(
      [...this.sightings].map(([thing, first]) => [
        thing,
        new Date(first.wallMs + seen.monotonicMs - first.monotonicMs).toISOString(),
      ]),
    );
  }
}
