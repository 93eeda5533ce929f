/**
 * Policy variables (IAM user guide, reference_policies_variables): `${aws:username}`, with a default
 * `${aws:PrincipalTag/team, 'company-wide'}`, and `${*}`, `${?}`, `${$}` for characters that would
 * mean something else. Only Version 2012-10-17 knows them; to 2008-10-17 they are text.
 */
import { type Token, tokensOf } from './glob.ts';

export type Variable = {
  /** The context key in lower case. */
  readonly key: string;
  /** As it is written. */
  readonly name: string;
  readonly fallback: string | null;
};

/** Text in which wildcards count, a character that stands for itself, or a variable. */
export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'character'; readonly text: string }
  | ({ readonly type: 'variable' } & Variable);

export type Template = readonly TemplatePart[];

/** The value of a variable, or null when the request has none. */
export type LookUp = (variable: Variable) => string | null;

// No brace inside: the search for the end of one variable never passes the start of another.
const marked = /\$\{([^{}]*)\}/;
const named = /^([^,]*?)(?:,\s*'(.*)')?$/s;

function markedPart(inner: string): TemplatePart {
  if (/^[*?$]$/.test(inner)) return { type: 'character', text: inner };
  const [, before = '', fallback = null] = named.exec(inner) ?? [undefined, inner];
  const name = before.trim();
  return { type: 'variable', name, key: name.toLowerCase(), fallback };
}

/** Takes a value of a policy apart. */
export function readTemplate(text: string, knowsVariables: boolean): Template {
  if (!knowsVariables) return [{ type: 'text', text }];
  // Splitting at a pattern with a group gives text and marked text in turn.
  return text
    .split(marked)
    .map(
      (part, index): TemplatePart => (index % 2 ? markedPart(part) : { type: 'text', text: part }),
    )
    .filter((part) => part.type === 'variable' || part.text !== '');
}

export const variablesOf = (template: Template): readonly Variable[] =>
  template.filter((part) => part.type === 'variable');

/** The text that a template stands for, or null when a variable has no value. */
export function fill(template: Template, lookUp: LookUp): string | null {
  let text = '';
  for (const part of template) {
    const value = part.type === 'variable' ? lookUp(part) : part.text;
    if (value === null) return null;
    text += value;
  }
  return text;
}

/** A template as a pattern: what is fixed of it is taken apart once. */
export type Pattern = readonly (Token | Variable)[];

export const patternOf = (template: Template): Pattern =>
  template.flatMap((part): Pattern => {
    if (part.type === 'variable') return [part];
    return part.type === 'text' ? tokensOf(part.text) : [part.text];
  });

export const isVariable = (item: Token | Variable): item is Variable => typeof item === 'object';

/** The tokens that a pattern stands for: a `*` in a variable's value is no wildcard, or whoever names a tag could widen a policy. */
export function fillPattern(pattern: Pattern, lookUp: LookUp): readonly Token[] | null {
  const tokens: Token[] = [];
  for (const item of pattern) {
    const token = isVariable(item) ? lookUp(item) : item;
    if (token === null) return null;
    tokens.push(token);
  }
  return tokens;
}
