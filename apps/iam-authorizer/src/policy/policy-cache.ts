/**
 * Policies as they were compiled before. A text says for ever what it says, so nothing here can be
 * out of date: which texts apply is looked up with every request.
 */
import { createHash } from 'node:crypto';
import { type CompiledPolicy, compilePolicy } from '@firesteel/iam-policy/compile';
import { MalformedPolicy } from '@firesteel/iam-policy/malformed-policy';
import { isResourceBased, type PolicyKind } from '@firesteel/iam-policy/policy-kind';
import type { BucketPolicy } from '../bucket-policy/bucket-policy.ts';

export type PolicyCache = {
  /** Compiles a text once. */
  readonly compiled: (document: string, kind: PolicyKind, name: string) => CompiledPolicy;
  /** The version of a managed policy, when it was compiled before. */
  readonly version: (policyId: string, versionId: string) => CompiledPolicy | undefined;
  /** Compiles the version of a managed policy; versions are never changed. */
  readonly addVersion: (
    policyId: string,
    versionId: string,
    name: string,
    document: string,
  ) => CompiledPolicy;
  /** Compiles what a bucket's owner says of it, once; it is found again without reading its text. */
  readonly bucketPolicy: (stored: BucketPolicy) => CompiledPolicy;
};

/** Policies that are remembered; the oldest is forgotten. */
const mostRemembered = 4_096;

/** Denies everything, to everybody who is named by the policy it stands for. */
export const denyAll: Readonly<Record<'identity' | 'trust' | 'bucket', string>> = {
  identity: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
  trust: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sts:*"}}',
  bucket:
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::*"}}',
};

/**
 * A document that earlier versions took and that is no policy: nobody knows what it would have denied,
 * so it denies everything until it is replaced.
 */
function compile(document: string, kind: PolicyKind, name: string): CompiledPolicy {
  try {
    return compilePolicy(document, kind, name);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    const stand = denyAll[isResourceBased(kind) ? kind : 'identity'];
    return compilePolicy(stand, kind, `${name} (malformed)`);
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

export function createPolicyCache(): PolicyCache {
  const known = new Map<string, CompiledPolicy>();
  const ofBuckets = new WeakMap<BucketPolicy, CompiledPolicy>();
  const remember = (key: string, policy: CompiledPolicy): CompiledPolicy => {
    if (known.size >= mostRemembered) known.delete(known.keys().next().value ?? '');
    known.set(key, policy);
    return policy;
  };
  const versionKey = (policyId: string, versionId: string): string => `${policyId}/${versionId}`;
  return {
    compiled: (document, kind, name) => {
      const key = `${kind} ${name} ${digest(document)}`;
      return known.get(key) ?? remember(key, compile(document, kind, name));
    },
    version: (policyId, versionId) => known.get(versionKey(policyId, versionId)),
    addVersion: (policyId, versionId, name, document) =>
      remember(versionKey(policyId, versionId), compile(document, 'managed', name)),
    bucketPolicy: (stored) => {
      const found = ofBuckets.get(stored);
      if (found) return found;
      const compiled = compile(stored.document, 'bucket', `bucket policy ${stored.bucket}`);
      ofBuckets.set(stored, compiled);
      return compiled;
    },
  };
}
