/** What the tail of a worker's logs says about its end. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LogEvidence } from './worker-facts.ts';

const tailBytes = 256 * 1024;
const mostExceptions = 4;
const longestLine = 400;

/** `Exception in thread "main" a.b.C: text`, `Caused by: a.b.C: text`, and Python's `module.Error: text`. */
const exceptionLine =
  /^(?:Exception in thread "[^"]*" |Caused by: )?(?:[A-Za-z_$][\w$]*\.)*[A-Z_][\w$]*(?:Exception|Error|Interrupt|Exit)(?:: .*)?$/;

/**
 * The last few distinct exception lines, oldest first, one a line. Lines of a stack and lines with a
 * logger's prefix are not exceptions; Spark prints an exception's own line right below the prefixed one.
 */
export const lastExceptions = (log: string): string => {
  const lines = log
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => exceptionLine.test(line))
    .map((line) => line.slice(0, longestLine));
  // Only the last of equal lines counts for the order.
  const distinct = [...new Set(lines.toReversed())].toReversed();
  return distinct.slice(-mostExceptions).join('\n');
};

/** The last part of a file as text; empty when there is none. */
const tailOf = (file: string): string => {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, tailBytes));
      const length = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
};

/** Evidence from a worker's standard error, and from its standard output where the first says nothing. */
export const readLogEvidence = (stdout: string, stderr: string): LogEvidence => {
  const errors = tailOf(stderr);
  const found = lastExceptions(errors);
  return {
    lastExceptions: found === '' ? lastExceptions(tailOf(stdout)) : found,
    outOfMemory: errors.includes('java.lang.OutOfMemoryError'),
  };
};
