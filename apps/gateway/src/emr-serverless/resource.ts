/** The resource an operation is authorised on (Service Authorization Reference, emr-serverless §6.1). */
import { applicationArn, jobRunArn, sessionArn } from '@firesteel/aws-protocol/ids';
import { percentBytes, rawParameters } from '@firesteel/aws-protocol/sigv4/canonical-request';

/** GetResourceDashboard is about a session, whose id stands in the query. */
const sessionInQuery = (operation: string, rawQuery: string): string | undefined =>
  operation === 'GetResourceDashboard'
    ? rawParameters(rawQuery)
        .filter(([name]) => percentBytes(name) === 'resourceId')
        .map(([, value]) => percentBytes(value))[0]
    : undefined;

/** ARN of what the path's labels name, `*` when the operation names nothing yet; the account is the caller's, who is not known yet. */
export function resourceOf(
  {
    operation,
    labels,
    rawQuery,
  }: {
    readonly operation: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly rawQuery: string;
  },
  region: string,
): string {
  const { applicationId, jobRunId, resourceArn } = labels;
  const sessionId = labels['sessionId'] ?? sessionInQuery(operation, rawQuery);
  const scope = { region, accountId: '' };
  if (resourceArn !== undefined) return resourceArn;
  if (applicationId === undefined) return '*';
  if (jobRunId !== undefined) return jobRunArn(scope, applicationId, jobRunId);
  if (sessionId !== undefined) return sessionArn(scope, applicationId, sessionId);
  return applicationArn(scope, applicationId);
}
