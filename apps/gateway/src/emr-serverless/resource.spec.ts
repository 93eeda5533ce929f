import { resourceOf } from './resource.ts';

const arn = (path: string): string => `arn:aws:emr-serverless:us-east-1::/applications/${path}`;

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon EMR Serverless".
it.each<[string, Record<string, string>, string, string]>([
  ['CreateApplication', {}, '', '*'],
  ['ListApplications', {}, '', '*'],
  ['GetApplication', { applicationId: '00a' }, '', arn('00a')],
  ['StartJobRun', { applicationId: '00a' }, '', arn('00a')],
  ['ListJobRuns', { applicationId: '00a' }, '', arn('00a')],
  ['GetJobRun', { applicationId: '00a', jobRunId: '00b' }, '', arn('00a/jobruns/00b')],
  ['CancelJobRun', { applicationId: '00a', jobRunId: '00b' }, '', arn('00a/jobruns/00b')],
  ['ListJobRunAttempts', { applicationId: '00a', jobRunId: '00b' }, '', arn('00a/jobruns/00b')],
  ['StartSession', { applicationId: '00a' }, '', arn('00a')],
  ['GetSession', { applicationId: '00a', sessionId: '00c' }, '', arn('00a/sessions/00c')],
  ['TerminateSession', { applicationId: '00a', sessionId: '00c' }, '', arn('00a/sessions/00c')],
  ['GetResourceDashboard', { applicationId: '00a' }, 'resourceId=00c', arn('00a/sessions/00c')],
  ['GetResourceDashboard', { applicationId: '00a' }, '', arn('00a')],
  ['ListJobRuns', { applicationId: '00a' }, 'resourceId=00c', arn('00a')],
  ['TagResource', { resourceArn: 'arn:any' }, '', 'arn:any'],
])('%s with %j?%s is about %s', (operation, labels, rawQuery, resource) => {
  expect(resourceOf({ operation, labels, rawQuery }, 'us-east-1')).toBe(resource);
});
