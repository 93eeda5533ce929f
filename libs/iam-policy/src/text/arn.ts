/**
 * ARNs and patterns of them. An ARN has six components, `arn:partition:service:region:account:resource`,
 * of which the last may contain further colons (IAM user guide, reference-arns).
 */
import type { Template, TemplatePart } from './template.ts';

const componentCount = 6;

/** The first `count` components, the last of which takes what is left; null when there are fewer. */
export function splitArn(arn: string, count = componentCount): readonly string[] | null {
  const components: string[] = [];
  let from = 0;
  while (components.length < count - 1) {
    const colon = arn.indexOf(':', from);
    if (colon === -1) return null;
    components.push(arn.slice(from, colon));
    from = colon + 1;
  }
  return [...components, arn.slice(from)];
}

/** The account that an ARN names, null when it names none (S3 buckets, `*`). */
export const accountOf = (arn: string): string | null =>
  /^\d{12}$/.exec(splitArn(arn)?.[4] ?? '')?.[0] ?? null;

/** Adds text to the last component, and begins new ones at its colons while there may be more. */
function addText(components: TemplatePart[][], text: string): void {
  const pieces = splitArn(text, Math.min(componentCount - components.length, colonsOf(text)) + 1);
  for (const [index, piece] of (pieces ?? [text]).entries()) {
    if (index > 0) components.push([]);
    if (piece !== '') components.at(-1)?.push({ type: 'text', text: piece });
  }
}

const colonsOf = (text: string): number => text.split(':').length - 1;

/** A pattern's components, at most six. Colons inside `${…}` separate nothing. */
export function splitTemplate(template: Template): readonly Template[] {
  const components: TemplatePart[][] = [[]];
  for (const part of template) {
    if (part.type === 'text') addText(components, part.text);
    else components.at(-1)?.push(part);
  }
  return components;
}
