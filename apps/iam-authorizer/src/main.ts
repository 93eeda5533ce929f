/** Composition root of iam-authorizer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handle } from '@firesteel/event-store/aggregate';
import { runDomainService } from '@firesteel/service/domain-service';
import { readKey } from '@firesteel/service/environment';
import { z } from 'zod';
import { createRecorder } from './access/recorder.ts';
import { writeToLog } from './access/trail.ts';
import { config } from './config.ts';
import { createFencesInForce, rememberedMs } from './fence/fences-in-force.ts';
import { CreatePrincipal } from './migrations/2026-11-25-create-principal.ts';
import { CreateFence } from './migrations/2026-11-26-create-fence.ts';
import { rootArn } from './principal/principal.ts';
import { keyFor, seal, unseal } from './principal/sealing.ts';
import { authorizerRoutes } from './routes.ts';
import {
  AccessRow,
  FenceRow,
  fencesSince,
  findAccessKey,
  PrincipalRow,
  principals,
  RoleRow,
} from './tables.ts';

const rootKey = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

await runDomainService(
  'iam-authorizer',
  config,
  {
    entities: [PrincipalRow, RoleRow, FenceRow, AccessRow],
    migrations: [
      { name: '2026-11-25-create-principal', class: CreatePrincipal },
      { name: '2026-11-26-create-fence', class: CreateFence },
    ],
  },
  async ({ em, serviceKey, wakeLedger }) => {
    const now = (): Date => new Date();
    const secrets = config.FIRESTEEL_SECRETS_DIR;
    const masterKey = readKey(secrets, 'master.key');
    const accountId = config.FIRESTEEL_ACCOUNT_ID;
    const root = rootKey.parse(
      JSON.parse(readFileSync(join(secrets, 'root-access-key.json'), 'utf8')),
    );
    // Sealing gives another text each time: what is stored stays while it holds the same secret.
    const stored = await findAccessKey(em, root.accessKeyId);
    const sealingKey = keyFor(masterKey, 'access key');
    const unchanged =
      stored && unseal(sealingKey, stored.key.secretSealed) === root.secretAccessKey;
    const key = {
      accessKeyId: root.accessKeyId,
      secretSealed: unchanged ? stored.key.secretSealed : seal(sealingKey, root.secretAccessKey),
      principal: rootArn(accountId),
    };
    await handle(em, principals, `${accountId}.root`, {
      type: 'EnsureRoot',
      accountId,
      key,
      at: now().toISOString(),
    });
    const record = createRecorder(writeToLog(em, now().getTime(), wakeLedger));
    const remembered = new Date(now().getTime() - rememberedMs).toISOString();
    const fences = createFencesInForce(await fencesSince(em, remembered), now);
    return {
      routes: authorizerRoutes({ em, masterKey, serviceKey, fences, now, record, wakeLedger }),
      reactions: {},
    };
  },
);
