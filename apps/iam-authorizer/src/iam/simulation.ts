/** IAM's policy simulator (IAM API reference, SimulatePrincipalPolicy and its like): decides, and does nothing. */
import { type CompiledPolicy, compilePolicy, contextKeysOf } from '@firesteel/iam-policy/compile';
import type { Policies } from '@firesteel/iam-policy/evaluate';
import { MalformedPolicy } from '@firesteel/iam-policy/malformed-policy';
import type { PolicyKind } from '@firesteel/iam-policy/policy-kind';
import type { Principal } from '@firesteel/iam-policy/request';
import { type MatchedStatement, type Simulation, simulate } from '@firesteel/iam-policy/simulate';
import { policiesOf } from '../authorize/callers.ts';
import { accountOf, type Context } from '../decision/decide.ts';
import { arnOf } from '../identity/names.ts';
import type { Actions, Call, Need } from './call.ts';
import { IamRefused } from './iam-refused.ts';
import { type Input, optionalText, structures, text, texts } from './input.ts';
import { onAnything } from './needs.ts';
import { ordinal, pageFrom, pageOf } from './paging.ts';
import { findSource, simulated, userPrincipal } from './policy-source.ts';

/** Who is simulated, and what they stand on. */
type Subject = { readonly principal: Principal; readonly policies: Omit<Policies, 'resource'> };

/** Texts of the request as policies; a malformed one is the caller's mistake. */
function compiledInput(
  documents: readonly string[],
  kind: PolicyKind,
  member: string,
): CompiledPolicy[] {
  return documents.map((document, index) => {
    try {
      return compilePolicy(document, kind, `${member}.${index + 1}`);
    } catch (error) {
      if (!(error instanceof MalformedPolicy)) throw error;
      throw new IamRefused('InvalidInput', `${member}.${index + 1}: ${error.message}`);
    }
  });
}

async function subjectOf(arn: string, call: Call): Promise<Subject> {
  const { principal, carriers, boundary } = await findSource(arn, call);
  return { principal, policies: policiesOf(carriers, { boundary, session: null }, call) };
}

/** The policies of the request stand beside those of the subject; its boundary takes the subject's place. */
function withInput({ principal, policies }: Subject, input: Input): Subject {
  const [boundary = policies.boundary] = compiledInput(
    texts(input, 'PermissionsBoundaryPolicyInputList'),
    'managed',
    'PermissionsBoundaryPolicyInputList',
  );
  const added = compiledInput(texts(input, 'PolicyInputList'), 'managed', 'PolicyInputList');
  const callerArn = optionalText(input, 'CallerArn');
  return {
    principal: callerArn === undefined ? principal : userPrincipal(callerArn),
    policies: { ...policies, identity: [...policies.identity, ...added], boundary },
  };
}

/** `ContextEntries`; a key of several values is a list. */
const contextOf = (input: Input): Context =>
  Object.fromEntries(
    structures(input, 'ContextEntries').map((entry) => {
      const values = texts(entry, 'ContextKeyValues');
      const isList = (optionalText(entry, 'ContextKeyType') ?? '').endsWith('List');
      return [text(entry, 'ContextKeyName'), isList ? values : (values[0] ?? [])];
    }),
  );

const toStatement = (statement: MatchedStatement): object => ({
  SourcePolicyId: statement.sourcePolicyId,
  // The simulator knows nobody who carries the policies of its input.
  SourcePolicyType: /^PolicyInputList\.\d+$/.test(statement.sourcePolicyId)
    ? 'none'
    : statement.sourcePolicyType,
  StartPosition: { Line: statement.startPosition.line, Column: statement.startPosition.column },
  EndPosition: { Line: statement.endPosition.line, Column: statement.endPosition.column },
});

const toResult = (action: string, resource: string, result: Simulation): object => ({
  EvalActionName: action,
  EvalResourceName: resource,
  EvalDecision: result.evalDecision,
  MatchedStatements: result.matchedStatements.map(toStatement),
  MissingContextValues: result.missingContextValues,
  ...(result.allowedByPermissionsBoundary === null
    ? {}
    : {
        PermissionsBoundaryDecisionDetail: {
          AllowedByPermissionsBoundary: result.allowedByPermissionsBoundary,
        },
      }),
});

/** `ResourceOwner` is an account's ARN; the resource's own account counts first. */
const ownerOf = (resource: string, input: Input): string | null =>
  accountOf(resource) ??
  /^arn:aws:iam::(\d{12}):/.exec(optionalText(input, 'ResourceOwner') ?? '')?.[1] ??
  null;

function results({ principal, policies }: Subject, input: Input): object {
  const resourcePolicy = optionalText(input, 'ResourcePolicy');
  const resource = compiledInput(
    resourcePolicy === undefined ? [] : [resourcePolicy],
    'bucket',
    'ResourcePolicy',
  );
  const arns = texts(input, 'ResourceArns');
  const context = contextOf(input);
  const all = texts(input, 'ActionNames').flatMap((action) =>
    (arns.length === 0 ? ['*'] : arns).map((arn) =>
      toResult(
        action,
        arn,
        simulate(
          { principal, action, resource: arn, resourceAccountId: ownerOf(arn, input), context },
          { ...policies, resource },
        ),
      ),
    ),
  );
  const keyed = all.map((result, index) => ({ result, key: ordinal(index) }));
  const { items, more } = pageFrom(keyed, pageOf(input), ({ key }) => key);
  return { EvaluationResults: items.map(({ result }) => result), ...more };
}

/** Nobody in particular: what the policies of the input alone give. */
const nobody = ({ caller: { accountId } }: Call): Subject => ({
  principal: userPrincipal(arnOf('user', accountId, '/', simulated)),
  policies: { identity: [], boundary: null, session: null },
});

/** The user, group or role that is simulated. */
const onSource = async (input: Input): Promise<readonly Need[]> => [
  { resource: text(input, 'PolicySourceArn') },
];

const contextKeys = ({ policies: { identity, boundary } }: Subject): object => ({
  ContextKeyNames: contextKeysOf([...identity, ...(boundary ? [boundary] : [])]),
});

export const simulationActions: Actions = {
  SimulateCustomPolicy: {
    needs: onAnything,
    answer: async (input, call) => results(withInput(nobody(call), input), input),
  },
  SimulatePrincipalPolicy: {
    needs: onSource,
    answer: async (input, call) =>
      results(withInput(await subjectOf(text(input, 'PolicySourceArn'), call), input), input),
  },
  GetContextKeysForCustomPolicy: {
    needs: onAnything,
    answer: async (input, call) => contextKeys(withInput(nobody(call), input)),
  },
  GetContextKeysForPrincipalPolicy: {
    needs: onSource,
    answer: async (input, call) =>
      contextKeys(withInput(await subjectOf(text(input, 'PolicySourceArn'), call), input)),
  },
};
