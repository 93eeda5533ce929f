/**
 * A document's elements and their types, the same for every kind of policy (IAM user guide,
 * reference_policies_grammar). What they say is looked at later.
 */
import { type ConditionText, isOperator } from '../conditions/condition.ts';
import { MalformedPolicy } from '../malformed-policy.ts';
import { type JsonNode, type JsonObject, readJson } from '../text/json-text.ts';
import type { Wording } from './wording.ts';

export type PolicyVersion = '2008-10-17' | '2012-10-17';

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
export type Element = { readonly negated: boolean; readonly values: readonly string[] };

/** `Principal` or `NotPrincipal`: everybody, or principals by type. */
export type PrincipalText = {
  readonly negated: boolean;
  readonly entries: '*' | readonly { readonly type: string; readonly values: readonly string[] }[];
};

export type StatementShape = {
  readonly sid: string | null;
  readonly effect: string | null;
  readonly principal: PrincipalText | null;
  readonly action: Element | null;
  readonly resource: Element | null;
  readonly conditions: readonly ConditionText[];
  /** Offsets into the document. */
  readonly start: number;
  readonly end: number;
};

export type PolicyShape = {
  /** Null when the document does not say. */
  readonly version: PolicyVersion | null;
  readonly statements: readonly StatementShape[];
};

const policyElements = new Set(['Version', 'Id', 'Statement']);
const statementElements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

const fault = ({ code }: Wording, message: string): MalformedPolicy =>
  new MalformedPolicy(code, message);

function requireObject(node: JsonNode | undefined, wording: Wording): JsonObject {
  if (node?.type !== 'object') throw fault(wording, wording.syntax);
  return node;
}

function requireKnown({ members }: JsonObject, known: ReadonlySet<string>, wording: Wording): void {
  for (const name of members.keys())
    if (!known.has(name)) throw fault(wording, wording.unknownElement(name));
}

/** A string, or null when the element is not there. */
function stringIn({ members }: JsonObject, name: string, wording: Wording): string | null {
  const node = members.get(name);
  if (node === undefined) return null;
  if (node.type !== 'string') throw fault(wording, wording.syntax);
  return node.text;
}

const itemsOf = (node: JsonNode): readonly JsonNode[] =>
  node.type === 'array' ? node.items : [node];

/** One value or a list; values of conditions may be numbers and booleans. */
function textsOf(node: JsonNode, types: readonly JsonNode['type'][], wording: Wording): string[] {
  return itemsOf(node).map((item) => {
    if (!types.includes(item.type) || !('text' in item)) throw fault(wording, wording.syntax);
    return item.text;
  });
}

const strings = ['string'] as const;
const scalars = ['string', 'number', 'boolean'] as const;

/** The node of an element or of its negation; both at once are a fault. */
function eitherOf(
  { members }: JsonObject,
  name: string,
  wording: Wording,
): { readonly negated: boolean; readonly node: JsonNode } | null {
  const plain = members.get(name);
  const negation = members.get(`Not${name}`);
  if (plain && negation) throw fault(wording, wording.syntax);
  const node = plain ?? negation;
  return node ? { negated: plain === undefined, node } : null;
}

function readElement(statement: JsonObject, name: string, wording: Wording): Element | null {
  const either = eitherOf(statement, name, wording);
  return either && { negated: either.negated, values: textsOf(either.node, strings, wording) };
}

function readPrincipal(statement: JsonObject, wording: Wording): PrincipalText | null {
  const either = eitherOf(statement, 'Principal', wording);
  if (either === null) return null;
  const { negated, node } = either;
  if (node.type === 'string' && node.text === '*') return { negated, entries: '*' };
  const entries = [...requireObject(node, wording).members].map(([type, values]) => ({
    type,
    values: textsOf(values, strings, wording),
  }));
  return { negated, entries };
}

/** An operator that is unknown may stand there with nothing to do. */
function readBlock(operator: string, node: JsonNode, wording: Wording): ConditionText[] {
  const keys = [...requireObject(node, wording).members];
  if (keys.length > 0 && !isOperator(operator))
    throw fault(wording, wording.unknownOperator(operator));
  return keys.map(([key, values]) => ({
    operator,
    key,
    values: textsOf(values, scalars, wording),
  }));
}

function readConditions({ members }: JsonObject, wording: Wording): readonly ConditionText[] {
  const node = members.get('Condition');
  if (node === undefined) return [];
  return [...requireObject(node, wording).members].flatMap(([operator, block]) =>
    readBlock(operator, block, wording),
  );
}

function readStatement(node: JsonNode, wording: Wording): StatementShape {
  const statement = requireObject(node, wording);
  requireKnown(statement, statementElements, wording);
  return {
    sid: stringIn(statement, 'Sid', wording),
    effect: stringIn(statement, 'Effect', wording),
    principal: readPrincipal(statement, wording),
    action: readElement(statement, 'Action', wording),
    resource: readElement(statement, 'Resource', wording),
    conditions: readConditions(statement, wording),
    start: node.start,
    end: node.end,
  };
}

function readVersion(policy: JsonObject, wording: Wording): PolicyVersion | null {
  const version = stringIn(policy, 'Version', wording);
  if (version === null || version === '2008-10-17' || version === '2012-10-17') return version;
  throw fault(wording, wording.version);
}

function readDocument(document: string, wording: Wording): JsonObject {
  try {
    const node = readJson(document);
    if (node.type === 'object') return node;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw fault(wording, wording.json);
}

/** @throws MalformedPolicy for what has not the shape of a policy */
export function readShape(document: string, wording: Wording): PolicyShape {
  const policy = readDocument(document, wording);
  requireKnown(policy, policyElements, wording);
  const version = readVersion(policy, wording);
  stringIn(policy, 'Id', wording);
  const statement = policy.members.get('Statement');
  const statements = statement ? itemsOf(statement) : [];
  if (statements.length === 0) throw fault(wording, wording.noStatement);
  return { version, statements: statements.map((node) => readStatement(node, wording)) };
}
