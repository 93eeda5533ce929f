import { validationException } from './aws-error.ts';
import { isJsonObject } from './json-document.ts';
import { relaxedPattern } from './relaxations.ts';
import { type ServiceModel, type Shape, shapeOf } from './service-model.ts';

/** At most this many violations are put into one message. */
const MAX_REPORTED = 20;

const compiled = new Map<string, RegExp>();

/**
 * The model's pattern as a match of the whole value, on code points. A leading or trailing `.*`
 * becomes a missing anchor: the same language with `.` crossing line breaks, which multi-line Hive
 * queries and spark-submit parameters need, and linear time on any input, which `.*\S.*` anchored
 * at both ends does not have.
 */
function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const openStart = pattern.startsWith('.*');
  const openEnd = pattern.endsWith('.*');
  // Java lets a colon be escaped.
  const core = pattern.slice(openStart ? 2 : 0, openEnd ? -2 : undefined).replaceAll('\\:', ':');
  const expression = new RegExp(`${openStart ? '' : '^'}(?:${core})${openEnd ? '' : '$'}`, 'u');
  compiled.set(pattern, expression);
  return expression;
}

/** The length of a text in code points, as the model counts. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return codePoints(value);
  if (Array.isArray(value)) return value.length;
  if (Buffer.isBuffer(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function sizeRules(shape: Shape, value: unknown): string[] {
  if (shape.min === undefined && shape.max === undefined) return [];
  const size = sizeOf(value);
  const word = typeof value === 'number' ? 'value' : 'length';
  const rules: string[] = [];
  if (shape.min !== undefined && size < shape.min) {
    rules.push(`Member must have ${word} greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && size > shape.max) {
    rules.push(`Member must have ${word} less than or equal to ${shape.max}`);
  }
  return rules;
}

function textRules(model: ServiceModel, name: string, shape: Shape, text: string): string[] {
  const rules: string[] = [];
  const pattern = relaxedPattern(model.metadata.endpointPrefix, name, shape.pattern);
  // An over-long value is already refused; matching it would only cost time.
  const tooLong = shape.max !== undefined && text.length > 2 * shape.max;
  if (pattern !== undefined && !tooLong && !compile(pattern).test(text)) {
    rules.push(`Member must satisfy regular expression pattern: ${pattern}`);
  }
  if (shape.enum !== undefined && !shape.enum.includes(text)) {
    rules.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  return rules;
}

/** The rules that a value itself breaks, not those that its members break. */
function brokenRules(model: ServiceModel, name: string, value: unknown): string[] {
  const shape = shapeOf(model, name);
  const rules = sizeRules(shape, value);
  return typeof value === 'string' ? [...rules, ...textRules(model, name, shape, value)] : rules;
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Collects what is wrong, up to the most that is reported. */
type Findings = { model: ServiceModel; found: string[]; showsValues: boolean };

function report(findings: Findings, path: string, rule: string, value?: unknown): void {
  const { found, showsValues } = findings;
  if (found.length >= MAX_REPORTED) return;
  const shown = showsValues && typeof value === 'string' ? ` '${value}'` : '';
  found.push(`Value${shown} at '${path}' failed to satisfy constraint: ${rule}`);
}

function reportNull({ found }: Findings, path: string): void {
  if (found.length >= MAX_REPORTED) return;
  found.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
}

type Check = (findings: Findings, shape: Shape, value: unknown, path: string) => void;

const checkStructure: Check = (findings, shape, value, path) => {
  const structure = isJsonObject(value) ? value : {};
  const members = Object.entries(shape.members ?? {});
  const set = members.filter(([name]) => structure[name] !== undefined);
  if (shape.union === true && set.length !== 1) {
    const rule = `Member must have exactly one of its members set, but has ${set.length}`;
    report(findings, path, rule);
  }
  for (const name of shape.required ?? []) {
    if (structure[name] === undefined) reportNull(findings, below(path, name));
  }
  for (const [name, reference] of set) {
    check(findings, reference.shape, structure[name], below(path, name));
  }
};

const checkList: Check = (findings, shape, value, path) => {
  const items: unknown[] = Array.isArray(value) ? value : [];
  for (const [index, item] of items.entries()) {
    check(findings, shape.member?.shape ?? '', item, `${path}.${index + 1}.member`);
  }
};

const checkMap: Check = (findings, shape, value, path) => {
  const entries = Object.entries(isJsonObject(value) ? value : {});
  const keyRules = entries.flatMap(([key]) =>
    brokenRules(findings.model, shape.key?.shape ?? '', key),
  );
  if (keyRules.length > 0) {
    const rules = [...new Set(keyRules)].join(', ');
    report(findings, path, `Map keys must satisfy constraint: [${rules}]`);
  }
  for (const [key, item] of entries) {
    check(findings, shape.value?.shape ?? '', item, `${path}.${key.slice(0, 64)}.member`);
  }
};

const CHECKS: Partial<Record<Shape['type'], Check>> = {
  structure: checkStructure,
  list: checkList,
  map: checkMap,
};

function check(findings: Findings, name: string, value: unknown, path: string): void {
  if (value === null) {
    reportNull(findings, path);
    return;
  }
  const shape = shapeOf(findings.model, name);
  const shown = shape.sensitive === true ? undefined : value;
  for (const rule of brokenRules(findings.model, name, value)) report(findings, path, rule, shown);
  CHECKS[shape.type]?.(findings, shape, value, path);
}

/**
 * Every constraint of the service model that an input breaks, as AWS words them, at most 20:
 * required, ranges, lengths (in code points), patterns, enums, list and map sizes, unions. Values
 * are repeated in the text for STS alone, as AWS does, since they may be sensitive. `input` is what `parseRequest` or
 * `parseQueryRequest` gave; relaxations are in `relaxations.ts`.
 */
export function violations(model: ServiceModel, shapeName: string, input: unknown): string[] {
  const showsValues = model.metadata.endpointPrefix === 'sts';
  const findings: Findings = { model, found: [], showsValues };
  check(findings, shapeName, input, '');
  return findings.found;
}

/** AWS' text for a list of violations: `2 validation errors detected: …; …`. */
export const violationMessage = (found: readonly string[]): string =>
  `${found.length} validation error${found.length === 1 ? '' : 's'} detected: ${found.join('; ')}`;

/** Throws `ValidationException` (400) that lists every constraint `input` breaks; else nothing. */
export function validate(model: ServiceModel, shapeName: string, input: unknown): void {
  const found = violations(model, shapeName, input);
  if (found.length > 0) throw validationException(violationMessage(found));
}
