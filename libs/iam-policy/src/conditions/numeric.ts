/** Numeric operators: integers and decimals (reference_policies_elements_condition_operators, Numeric). */
import { orderedOperators } from './ordered.ts';

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A number, or null for what is none. */
export const readNumber = (text: string): number | null =>
  decimal.test(text) ? Number(text) : null;

export const numericOperators = orderedOperators('Numeric', readNumber);
