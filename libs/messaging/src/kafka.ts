/** How we talk to Kafka: one client per process, patched where kafkajs wakes up for nothing or wastes more than it does. */
import { createRequire } from 'node:module';
import type { Kafka, KafkaConfig } from 'kafkajs';
import { decodeRecord } from './kafkajs-decoding.ts';
import {
  encodeRecord,
  groupMessagesPerPartition,
  writeNumbersQuickly,
} from './kafkajs-encoding.ts';

const require = createRequire(import.meta.url);

type RequestQueue = {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
};

/**
 * kafkajs re-arms a 1 ms timer for as long as a connection lives, even with nothing pending: 2.7 % of
 * a core per idle process, measured. The check is needed only while requests wait or are throttled.
 */
function quietIdleTimer(): void {
  const queue = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue;
  };
  const check = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function scheduleWhenPending() {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    check.call(this);
  };
}
quietIdleTimer();

/** Puts ours in place of what a module of kafkajs exports; others keep what they find when they are loaded. */
function replace(module: string, exported: unknown): void {
  const name = require.resolve(`kafkajs/src/${module}`);
  require(name);
  const loaded = require.cache[name];
  if (loaded !== undefined) loaded.exports = exported;
}
writeNumbersQuickly();
replace('protocol/recordBatch/record/v0', encodeRecord);
replace('protocol/recordBatch/record/v0/decoder', decodeRecord);
replace('producer/groupMessagesPerPartition', groupMessagesPerPartition);

/** Loaded only now. */
const kafkajs: typeof import('kafkajs') = require('kafkajs');

/** The level at which kafkajs speaks: its own retries are not news. */
const quiet: Pick<KafkaConfig, 'logLevel'> = { logLevel: kafkajs.logLevel.NOTHING };

/** A client that retries for as long as it takes; a broker that is away is waited for. */
export const createKafka = (brokers: readonly string[], clientId: string): Kafka =>
  new kafkajs.Kafka({
    ...quiet,
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 1_000_000 },
  });
