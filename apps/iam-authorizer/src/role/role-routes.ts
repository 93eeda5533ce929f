/** HTTP ↔ commands of roles, in IAM's shapes. */
import { createHash } from 'node:crypto';
import { handle, load } from '@firesteel/event-store/aggregate';
import { callerOf, metaOf } from '@firesteel/http/caller';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Router } from 'express';
import { z } from 'zod';
import { roleIdOf, roles } from '../tables.ts';
import { type Role, requireRole } from './role.ts';

const roleBody = z.object({
  RoleName: z.string(),
  AssumeRolePolicyDocument: z.string(),
  Path: z.string().default('/'),
  Description: z.string().optional(),
  MaxSessionDuration: z.number().int().default(3600),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
});

const policyBody = z.object({ PolicyName: z.string(), PolicyDocument: z.string() });

/** `Role` of IAM's model; dates as epoch seconds. */
const toRole = (role: Role) => ({
  Path: role.path,
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: role.arn,
  CreateDate: Date.parse(role.createdAt) / 1000,
  AssumeRolePolicyDocument: role.assumeRolePolicyDocument,
  ...(role.description === null ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionDuration,
  ...(role.tags.length === 0
    ? {}
    : { Tags: role.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
});

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `AROA` and 17 characters, as IAM's unique ids look. */
const uniqueId = (seed: string): string =>
  `AROA${[...createHash('sha256').update(seed).digest().subarray(0, 17)].map((byte) => base32.charAt(byte % 32)).join('')}`;

export type RoleRouteOptions = {
  readonly em: EntityManager;
  readonly now: () => Date;
  readonly wakeLedger: () => void;
};

/** Creating and reading roles, and the policies they carry. */
export function roleRoutes({ em, now, wakeLedger }: RoleRouteOptions): Router {
  const at = (): string => now().toISOString();
  const roleOf = async (accountId: string, name: string): Promise<Role> =>
    requireRole((await load(em, roles, roleIdOf(accountId, name))).state, name);

  return Router()
    .post('/v1/roles', async (request, response) => {
      const caller = callerOf(request);
      const body = roleBody.parse(request.body);
      const arn = `arn:aws:iam::${caller.accountId}:role${body.Path}${body.RoleName}`;
      const creation = {
        accountId: caller.accountId,
        roleName: body.RoleName,
        roleId: uniqueId(`${arn} ${at()}`),
        path: body.Path,
        arn,
        assumeRolePolicyDocument: body.AssumeRolePolicyDocument,
        description: body.Description ?? null,
        maxSessionDuration: body.MaxSessionDuration,
        tags: body.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
      };
      const id = roleIdOf(caller.accountId, body.RoleName);
      const { state } = await handle(
        em,
        roles,
        id,
        { type: 'CreateRole', creation, at: at() },
        metaOf(caller),
      );
      wakeLedger();
      response.json({ Role: toRole(requireRole(state, body.RoleName)) });
    })
    .get('/v1/roles/:name', async (request, response) => {
      const role = await roleOf(callerOf(request).accountId, request.params.name);
      response.json({ Role: toRole(role) });
    })
    .post('/v1/roles/:name/policies', async (request, response) => {
      const caller = callerOf(request);
      const { PolicyName: policyName, PolicyDocument: policyDocument } = policyBody.parse(
        request.body,
      );
      const roleName = request.params.name;
      await handle(
        em,
        roles,
        roleIdOf(caller.accountId, roleName),
        { type: 'PutRolePolicy', roleName, policyName, policyDocument, at: at() },
        metaOf(caller),
      );
      wakeLedger();
      response.json({});
    });
}
