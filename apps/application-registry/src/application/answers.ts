/** An application in the shapes of the service model; times as epoch seconds. */
import { applicationArn } from '@firesteel/aws-protocol/ids';
import type { Application } from './application.ts';

/** The longest `stateDetails` of the model (String256). */
const longestDetails = 256;

const seconds = (at: string): number => Date.parse(at) / 1000;

const identity = (application: Application) => ({
  arn: applicationArn(application, application.applicationId),
  ...(application.name === null ? {} : { name: application.name }),
  releaseLabel: application.releaseLabel,
  type: application.engine,
  state: application.status,
  ...(application.stateDetails === null
    ? {}
    : { stateDetails: application.stateDetails.slice(0, longestDetails) }),
  architecture: application.architecture,
  createdAt: seconds(application.createdAt),
  updatedAt: seconds(application.updatedAt),
});

/** `Application` of the model. */
export const toApplication = (application: Application) => ({
  applicationId: application.applicationId,
  ...identity(application),
  autoStartConfiguration: { enabled: true },
  autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
  ...application.settings,
  tags: application.tags,
});

/** `ApplicationSummary` of the model, which says `id`. */
export const toSummary = (application: Application) => ({
  id: application.applicationId,
  ...identity(application),
});
