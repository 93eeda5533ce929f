/** Every action of IAM and STS that is offered. */
import { stsActions } from '../sts/sts.ts';
import { accessKeyActions } from './access-keys.ts';
import { accountActions } from './account.ts';
import { authorizationDetailsActions } from './authorization-details.ts';
import type { Action, Actions } from './call.ts';
import { carriedPolicyActions } from './carried.ts';
import { credentialReportActions } from './credential-report.ts';
import { groupActions } from './groups.ts';
import { instanceProfileActions } from './instance-profiles.ts';
import { loginProfileActions } from './login-profiles.ts';
import { mfaDeviceActions } from './mfa-devices.ts';
import { policyActions } from './policies.ts';
import { roleActions } from './roles.ts';
import { serviceAccessActions } from './service-access.ts';
import { serviceLinkedActions } from './service-linked.ts';
import { simulationActions } from './simulation.ts';
import { boundaryActions, tagActions } from './tags-and-boundaries.ts';
import { userActions } from './users.ts';

export type QueryService = 'iam' | 'sts';

export const actions: Readonly<Record<QueryService, Actions>> = {
  iam: {
    ...userActions,
    ...loginProfileActions,
    ...mfaDeviceActions,
    ...groupActions,
    ...roleActions,
    ...instanceProfileActions,
    ...policyActions,
    ...carriedPolicyActions,
    ...tagActions,
    ...boundaryActions,
    ...accessKeyActions,
    ...accountActions,
    ...authorizationDetailsActions,
    ...credentialReportActions,
    ...serviceAccessActions,
    ...serviceLinkedActions,
    ...simulationActions,
  },
  sts: stsActions,
};

/** The action of a name, undefined when it is not offered. */
export const findAction = (service: QueryService, operation: string): Action | undefined =>
  Object.hasOwn(actions[service], operation) ? actions[service][operation] : undefined;
