import { compilePolicy } from '@firesteel/iam-policy/compile';
import { awsManagedPolicies, awsManagedPolicy, isAwsManaged } from './aws-managed.ts';

it.each(awsManagedPolicies.map((policy) => [policy.policyName, policy] as const))(
  'states %s as a policy',
  (name, { document, policyId, arn }) => {
    expect(compilePolicy(document, 'managed', name).statements.length).toBeGreaterThan(0);
    expect(policyId).toMatch(/^ANPA[A-Z2-7]{17}$/);
    expect(awsManagedPolicy(arn)?.policyName).toBe(name);
  },
);

it('has those that people attach', () => {
  expect(awsManagedPolicies.map(({ policyName }) => policyName)).toEqual([
    'AdministratorAccess',
    'AmazonEMRServerlessServiceRolePolicy',
    'AmazonS3FullAccess',
    'AmazonS3ReadOnlyAccess',
    'AWSDenyAll',
    'IAMFullAccess',
    'IAMReadOnlyAccess',
    'PowerUserAccess',
    'ReadOnlyAccess',
  ]);
  const other = 'arn:aws:iam::aws:policy/SecurityAudit';
  expect([awsManagedPolicy(other), isAwsManaged(other)]).toEqual([undefined, true]);
});
