import { isJsonObject } from './json-document.ts';
import { type ServiceModel, shapeOf } from './service-model.ts';

const MASK = '***SENSITIVE***';

/**
 * A copy of an input or output for logs: values of the model's sensitive shapes (queries, arguments,
 * configuration properties, session tokens…) are masked, unknown members left out.
 */
export function maskSensitive(model: ServiceModel, shapeName: string, value: unknown): unknown {
  const shape = shapeOf(model, shapeName);
  if (shape.sensitive === true) return MASK;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    return items.map((item) => maskSensitive(model, shape.member?.shape ?? '', item));
  }
  if (!isJsonObject(value)) return value;
  const shapeOfMember = (name: string): string | undefined =>
    shape.type === 'map' ? shape.value?.shape : shape.members?.[name]?.shape;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const memberShape = shapeOfMember(name);
      return memberShape === undefined ? [] : [[name, maskSensitive(model, memberShape, member)]];
    }),
  );
}
