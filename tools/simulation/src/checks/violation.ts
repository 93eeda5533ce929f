/** Something that must never be was; the simulation of that seed ends with it. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

/** @throws Violation with what must never be */
export function never(itIs: boolean, message: () => string): void {
  if (itIs) throw new Violation(message());
}
