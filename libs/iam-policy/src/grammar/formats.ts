/** How actions, resources and principals are written; each function answers what is wrong, or null. */
import { splitArn, splitTemplate } from '../text/arn.ts';
import { readTemplate, variablesOf } from '../text/template.ts';
import type { PrincipalText } from './shape.ts';
import { firstFault } from './wording.ts';

/** `service:Action` or `*` (reference_policies_grammar, action_string; IAM's answers). */
export function actionFault(action: string): string | null {
  if (action === '*') return null;
  const [vendor = '', name, ...more] = action.split(':');
  if (name === undefined)
    return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
  if (more.length > 0) return 'Actions/Condition can contain only one colon.';
  return vendor === '*' || /^[A-Za-z\d.-]+$/.test(vendor) ? null : `Vendor ${vendor} is not valid`;
}

const partition = /^(?:aws|aws-cn|aws-us-gov|aws-iso(?:-[a-z])?|\*)$/;

const iamPaths: readonly string[] = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

/** IAM and S3 are not regional; S3's access points are, and name an account. */
function serviceFault(resource: string, service: string, rest: readonly string[]): string | null {
  const [region, account = '', ...path] = rest;
  if (service === 'iam') {
    if (region !== '') return `IAM resource ${resource} cannot contain region information.`;
    const name = path.join(':');
    return name === '*' || iamPaths.some((start) => name.startsWith(start))
      ? null
      : `IAM resource path must either be "*" or start with ${iamPaths.join(', ')}.`;
  }
  const isRegional = region === '*' || (region !== undefined && account !== '');
  return service === 's3' && region !== '' && !isRegional
    ? `Resource ${resource} can not contain region information.`
    : null;
}

/** The ARN as IAM repeats it: six components, `*` for those that are missing. */
const completed = (rest: readonly string[]): string => {
  const [service = '', region = '*', account = '*', ...path] = rest;
  const named = service === '' && rest.length < 2 ? '*' : service;
  return [named, region, account, path.length > 0 ? path.join(':') : '*'].join(':');
};

/** A `Resource` of an identity-based policy, as IAM checks it. */
export function resourceFault(resource: string): string | null {
  if (resource === '*') return null;
  const [prefix, named, ...rest] = resource.split(':');
  if (named === undefined) return `Resource ${resource} must be in ARN format or "*".`;
  if (!partition.test(named))
    return `Partition "${named}" is not valid for resource "arn:${named}:${completed(rest)}".`;
  const [service = ''] = rest;
  if (rest.length === 0 || /[*?]/.test(service))
    return 'Resource vendor must be fully qualified and cannot contain regexes.';
  if (prefix !== 'arn') return `Resource ${resource} must be in ARN format or "*".`;
  return serviceFault(resource, service, rest.slice(1));
}

/** A variable stands in the resource's own part, after the fifth colon (reference_policies_variables, "Resource element"). */
export const hasEarlyVariable = (resource: string, knowsVariables: boolean): boolean =>
  splitTemplate(readTemplate(resource, knowsVariables))
    .slice(0, 5)
    .some((component) => variablesOf(component).length > 0);

/** What IAM's older parser cannot read: an ARN with empty components but fewer than six, or one without a service. */
export const isUnreadable = (resource: string): boolean =>
  (resource.includes('::') && splitArn(resource) === null) || resource.split(':')[2] === '';

/** A `Resource` of a bucket policy: the bucket or keys in it. */
export const isBucketResource = (resource: string): boolean =>
  /^arn:(?:aws|aws-cn|aws-us-gov|aws-iso(?:-[a-z])?|\*):s3:::[^:]/.test(resource);

/**
 * Accounts, users, roles and sessions by their full names: a wildcard is only ever everybody
 * (reference_policies_elements_principal). A unique id is what AWS leaves of a deleted principal.
 */
const awsPrincipal =
  /^(?:\*|\d{12}|A[A-Z\d]{15,127}|arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:user|role)\/[^*?]+)|sts::\d{12}:(?:assumed-role\/[^*?/]+\/[^*?/]+|federated-user\/[^*?]+)))$/;

const principalFormats: Readonly<Record<string, RegExp>> = {
  AWS: awsPrincipal,
  Service: /^[a-z\d-]+(?:\.[a-z\d-]+)*\.amazonaws\.com(?:\.cn)?$/,
  Federated: /^[^*?\s]+$/,
};

/** How a fault is told: S3 does not repeat the principal, the check of trust policies does. */
type Told = (type: string, value?: string) => string;

const valuesFault = (type: string, values: readonly string[], told: Told): string | null => {
  const format = Object.hasOwn(principalFormats, type) ? principalFormats[type] : undefined;
  if (format === undefined) return told(type);
  if (values.length === 0) return 'Missing required field Principal cannot be empty!';
  return firstFault(values, (value) => (format.test(value) ? null : told(type, value)));
};

/** A principal of a resource-based policy. Nobody here has a canonical user id, so none is a valid one. */
export function principalFault({ entries }: PrincipalText, told: Told): string | null {
  if (entries === '*') return null;
  if (entries.length === 0) return 'Missing required field Principal cannot be empty!';
  return firstFault(entries, ({ type, values }) => valuesFault(type, values, told));
}
