import { mkdtemp, rm } from 'node:fs/promises';
import { freePort } from '@firesteel/event-store/test-database';
import { startStack } from './stack.ts';
import { measureLag } from './lag.ts';
const folder = await mkdtemp('/tmp/lab9/l');
const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
const stack = await startStack(folder, '/root/.cache/firesteel/installation.json', [...ports]);
for (let i = 0; i < 1; i++) for (const rate of [2000]) { const c0 = process.cpuUsage(); const l = await measureLag(stack, { rate, seconds: 6 } as any); console.log(rate, 'p50', l.ms?.p50.toFixed(0), 'p99', l.ms?.p99.toFixed(0), JSON.stringify(l.ms)); const c = process.cpuUsage(c0); console.log("bench cpu s", (c.user + c.system) / 1e6); break; }
await stack.stopLedger(); await stack.stop(); await rm(folder, { recursive: true });
