/** Measurements that are taken when somebody collects them, and only then. */
import { type Attributes, metrics } from '@opentelemetry/api';

/** What a measurement is of; `unit` as in UCUM (`By`, `1`) or the field's own (`vCPU`, `GB`). */
export type Instrument = {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Whether the value only grows; otherwise it may be anything. */
  readonly grows?: boolean;
};

/** One thing that was measured: values by the names of instruments, and what it is. */
export type Measured<Name extends string> = {
  readonly values: Readonly<Record<Name, number>>;
  readonly attributes: Attributes;
};

/**
 * Has `measure` called at each collection, once for all instruments, and never where telemetry is off. What it throws
 * is OpenTelemetry's to log. Must be called after `startTelemetry`: instruments made before it stay silent.
 */
export function observe<Name extends string>(
  instruments: readonly (Instrument & { readonly name: Name })[],
  measure: () => Promise<readonly Measured<Name>[]>,
): void {
  const meter = metrics.getMeter('firesteel');
  const observables = instruments.map(({ name, unit, description, grows }) => ({
    name,
    observable: grows
      ? meter.createObservableCounter(name, { unit, description })
      : meter.createObservableGauge(name, { unit, description }),
  }));
  meter.addBatchObservableCallback(
    async (result) => {
      for (const { values, attributes } of await measure())
        for (const { name, observable } of observables)
          result.observe(observable, values[name], attributes);
    },
    observables.map(({ observable }) => observable),
  );
}
