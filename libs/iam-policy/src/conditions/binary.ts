/**
 * `BinaryEquals`: bytes, written in base64 in the policy and in the request
 * (reference_policies_elements_condition_operators, Binary; `binary` context entries of the simulator).
 */
import { type Operators, readAll } from './operator.ts';

const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}(?:==)?|[A-Za-z\d+/]{3}=?)?$/;

/** One spelling of the same bytes; null for what is no base64. */
const readBytes = (text: string): string | null =>
  base64.test(text) ? Buffer.from(text, 'base64').toString('base64') : null;

export const binaryOperators: Operators = {
  BinaryEquals: {
    negated: false,
    compile: (values) => {
      const stated = readAll(values, readBytes);
      return (
        stated &&
        ((value) => {
          const requested = readBytes(value);
          return requested !== null && stated.includes(requested);
        })
      );
    },
  },
};
