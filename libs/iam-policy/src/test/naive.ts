/**
 * The rules once more, as plainly as they can be said and as slowly as need be, for comparison: no
 * compiling, regular expressions for wildcards, string operators only.
 */
import type { Context, StatementText } from './cases.ts';

type Lookup = (key: string) => readonly string[];

const list = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [String(value)];

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A pattern with its variables filled in, as a regular expression; null when one has no value. */
function expression(pattern: string, lookUp: Lookup, flags = ''): RegExp | null {
  let source = '';
  for (const [whole] of pattern.matchAll(/\$\{[^}]*\}|[\s\S]/g)) {
    if (whole === '*') source += '[\\s\\S]*';
    else if (whole === '?') source += '[\\s\\S]';
    else if (whole.length === 1) source += escaped(whole);
    else {
      const [value, another] = lookUp(whole.slice(2, -1));
      if (value === undefined || another !== undefined) return null;
      source += escaped(value);
    }
  }
  return new RegExp(`^${source}$`, flags);
}

const like = (pattern: string, value: string, lookUp: Lookup, flags?: string): boolean =>
  expression(pattern, lookUp, flags)?.test(value) ?? false;

const plain = (pattern: string): string =>
  pattern.replaceAll('*', `\${*}`).replaceAll('?', `\${?}`);

const tests: Readonly<Record<string, (value: string, pattern: string, lookUp: Lookup) => boolean>> =
  {
    StringEquals: (value, pattern, lookUp) => like(plain(pattern), value, lookUp),
    StringEqualsIgnoreCase: (value, pattern, lookUp) => like(plain(pattern), value, lookUp, 'i'),
    StringLike: (value, pattern, lookUp) => like(pattern, value, lookUp),
  };

function conditionHolds(operator: string, key: string, stated: unknown, lookUp: Lookup): boolean {
  const [, set, name = '', ifExists] = /^(?:(\w+):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = name.includes('Not');
  const values = lookUp(key);
  const holds = (value: string): boolean =>
    list(stated).some((one) => tests[name.replace('Not', '')]?.(value, one, lookUp)) !== negated;
  if (set === 'ForAllValues') return values.every((value) => value === '') || values.every(holds);
  if (values.length === 0) return ifExists !== undefined || (set === undefined && negated);
  if (set === 'ForAnyValue') return !values.every((value) => value === '') && values.some(holds);
  return values.length > 1 ? negated : holds(values[0] ?? '');
}

const element = (statement: StatementText, name: string, matches: (pattern: string) => boolean) =>
  statement[name] === undefined
    ? !list(statement[`Not${name}`]).some(matches)
    : list(statement[name]).some(matches);

/** `${*}` and `${?}` are characters, everything else a key of the context. */
const lookUpIn =
  (context: Context): Lookup =>
  (key) => {
    if (key === '*' || key === '?' || key === '$') return [key];
    const found = Object.entries(context).filter(
      ([name]) => name.toLowerCase() === key.toLowerCase(),
    );
    return found.flatMap(([, value]) => list(value));
  };

export function statementApplies(
  statement: StatementText,
  action: string,
  resource: string,
  context: Context,
): boolean {
  const lookUp = lookUpIn(context);
  const conditions = Object.entries((statement['Condition'] ?? {}) as Record<string, object>);
  return (
    element(statement, 'Action', (pattern) => like(pattern, action, () => [], 'i')) &&
    element(statement, 'Resource', (pattern) => like(pattern, resource, lookUp)) &&
    conditions.every(([operator, block]) =>
      Object.entries(block).every(([key, stated]) => conditionHolds(operator, key, stated, lookUp)),
    )
  );
}

/** What several sets of statements, all of which must allow it, make of a request. */
export function naiveReason(
  sets: readonly (readonly StatementText[])[],
  action: string,
  resource: string,
  context: Context,
): 'allowed' | 'explicitDeny' | 'implicitDeny' {
  const applying = sets.map((statements) =>
    statements.filter((statement) => statementApplies(statement, action, resource, context)),
  );
  if (applying.flat().some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return applying.every((statements) => statements.length > 0) ? 'allowed' : 'implicitDeny';
}
