/** What users, groups, roles and instance profiles are found and listed by: their names, in the caller's account. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Entities, type Found, findByName, listByName } from '../directory.ts';
import { noSuch } from '../identity/names.ts';
import type { Call } from './call.ts';
import { type Input, optionalText } from './input.ts';
import { cut, type Paged, pageOf } from './paging.ts';

/** Finds one of a name. What it answers throws IamRefused when there is none. */
export const finding =
  <Kind extends 'user' | 'group' | 'role'>(kind: Kind) =>
  async (em: EntityManager, { caller }: Call, name: string): Promise<Found<Entities[Kind]>> => {
    const found = await findByName(em, kind, caller.accountId, name);
    if (!found) throw noSuch(kind, name);
    return found;
  };

/** The page that a listing asks for, of the path that it asks for. */
export async function pageByName<Kind extends keyof Entities>(
  kind: Kind,
  input: Input,
  { em, caller }: Call,
  nameOf: (entity: Entities[Kind]) => string,
): Promise<Paged<Entities[Kind]>> {
  const page = pageOf(input);
  const found = await listByName(em, kind, caller.accountId, {
    pathPrefix: optionalText(input, 'PathPrefix') ?? '/',
    after: page.after,
    limit: page.limit + 1,
  });
  return cut(found, page, (entity) => nameOf(entity).toLowerCase());
}
