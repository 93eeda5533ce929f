/** What callers write, read with zod; what is wrong with it is refused in one sentence. */
import { Refused } from '@firesteel/decider/refused';
import { z } from 'zod';

/** @throws Refused with what is wrong */
export function parsed<Shape extends z.ZodType>(shape: Shape, given: unknown): z.infer<Shape> {
  const result = shape.safeParse(given);
  if (result.success) return result.data;
  const sentences = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new Refused('Invalid', sentences.join('; '));
}

/** USD as text, such as "0.052624", so that nothing is lost on the way; 10⁻¹⁰ USD of it. */
export const usd = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,10})?$/, 'USD are written as text, such as "0.052624"')
  .transform((text) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(`${whole}${fraction.padEnd(10, '0')}`);
  });

export const account = z.string().regex(/^\d{12}$/, 'an account has twelve digits');
