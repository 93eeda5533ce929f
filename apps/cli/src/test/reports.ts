/** What the test runners counted. */
import { z } from 'zod';

/** Of Jest's `--json` report; a suite that could not run has no tests of its own. */
const reportSchema = z.object({
  numPassedTests: z.number().int(),
  numFailedTests: z.number().int(),
  numRuntimeErrorTestSuites: z.number().int(),
});

/** Tests, and a word for each runner that gives cause for concern. */
export type Tally = {
  readonly passed: number;
  readonly failed: number;
  readonly complaints: readonly string[];
};

const nothing: Tally = { passed: 0, failed: 0, complaints: [] };

function tallyOf(name: string, text: string | undefined): Tally {
  if (text === undefined) return { ...nothing, complaints: [`${name} wrote no report`] };
  try {
    const report = reportSchema.parse(JSON.parse(text));
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    const complaints = failed === 0 ? [] : [`${name} has ${failed} failures`];
    return { passed: report.numPassedTests, failed, complaints };
  } catch {
    return { ...nothing, complaints: [`${name} wrote a report that cannot be read`] };
  }
}

/**
 * Adds reports up.
 * @param reports runner's name and its report's text, undefined when it wrote none
 */
export function tally(reports: readonly (readonly [string, string | undefined])[]): Tally {
  return reports
    .map(([name, text]) => tallyOf(name, text))
    .reduce(
      (sum, each) => ({
        passed: sum.passed + each.passed,
        failed: sum.failed + each.failed,
        complaints: [...sum.complaints, ...each.complaints],
      }),
      nothing,
    );
}
