/** The resource an operation is authorised on (Service Authorization Reference, emr-serverless §6.1). */
import { applicationArn, jobRunArn, sessionArn } from '@firesteel/aws-protocol/ids';

/** ARN of what the path's labels name, `*` when the operation names nothing yet; the account is the caller's, who is not known yet. */
export function resourceOf(labels: Readonly<Record<string, string>>, region: string): string {
  const { applicationId, jobRunId, sessionId, resourceArn } = labels;
  const scope = { region, accountId: '' };
  if (resourceArn !== undefined) return resourceArn;
  if (applicationId === undefined) return '*';
  if (jobRunId !== undefined) return jobRunArn(scope, applicationId, jobRunId);
  if (sessionId !== undefined) return sessionArn(scope, applicationId, sessionId);
  return applicationArn(scope, applicationId);
}
