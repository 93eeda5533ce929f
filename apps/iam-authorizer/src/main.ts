/** Composition root of iam-authorizer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '@firesteel/event-store/aggregate';
import { handle } from '@firesteel/event-store/commands';
import { runDomainService } from '@firesteel/service/domain-service';
import { readKey } from '@firesteel/service/environment';
import { z } from 'zod';
import { createRecorder } from './access/recorder.ts';
import { writeToLog } from './access/trail.ts';
import { createDeferredKeys } from './authorize/deferred-keys.ts';
import { config } from './config.ts';
import { createFencesInForce, rememberedMs } from './fence/fences-in-force.ts';
import { loadIdentities } from './identity/identities-in-force.ts';
import { iamMigrations } from './migrations/iam-migrations.ts';
import { createPolicyCache } from './policy/policy-cache.ts';
import { rootArn } from './principal/principal.ts';
import { keyFor, seal, unseal } from './principal/sealing.ts';
import { authorizerRoutes } from './routes.ts';
import { entities, fencesSince, principals } from './tables.ts';

const rootKey = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

await runDomainService(
  'iam-authorizer',
  config,
  { entities, migrations: iamMigrations },
  async ({ em, serviceKey, wakeLedger }) => {
    const now = (): Date => new Date();
    const secrets = config.FIRESTEEL_SECRETS_DIR;
    const masterKey = readKey(secrets, 'master.key');
    const accountId = config.FIRESTEEL_ACCOUNT_ID;
    const root = rootKey.parse(
      JSON.parse(readFileSync(join(secrets, 'root-access-key.json'), 'utf8')),
    );
    const { state } = await load(em.fork(), principals, `${accountId}.root`);
    const stored = state.keys.find((key) => key.accessKeyId === root.accessKeyId);
    // Sealing gives another text each time: what is stored stays while it holds the same secret.
    const sealingKey = keyFor(masterKey, 'access key');
    const unchanged = stored && unseal(sealingKey, stored.secretSealed) === root.secretAccessKey;
    const key = {
      accessKeyId: root.accessKeyId,
      secretSealed: unchanged ? stored.secretSealed : seal(sealingKey, root.secretAccessKey),
      principal: rootArn(accountId),
    };
    await handle(em, principals, `${accountId}.root`, {
      type: 'EnsureRoot',
      accountId,
      key,
      at: now().toISOString(),
    });
    const remembered = new Date(now().getTime() - rememberedMs).toISOString();
    return {
      routes: authorizerRoutes({
        em,
        masterKey,
        serviceKey,
        identities: await loadIdentities(em),
        policies: createPolicyCache(),
        deferred: createDeferredKeys(now),
        fences: createFencesInForce(await fencesSince(em, remembered), now),
        region: config.AWS_REGION,
        now,
        record: createRecorder(writeToLog(em, now().getTime())),
        wakeLedger,
      }),
      reactions: {},
    };
  },
);
