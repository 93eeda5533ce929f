/** Streams, their categories, and the Kafka topics on which their events travel. */

/** Every event in `globalSeq` order, one partition: a service's inbox is a cursor over it. */
export const LEDGER_TOPIC = 'ledger.v1';

/** What the ledger signed: a place that its database's owner cannot change in silence. */
export const CHECKPOINT_TOPIC = 'checkpoint.v1';

/** Category of a stream (`<category>-<id>`) → the topic for everyone else; null: only our services see it. */
const topicByCategory = {
  application: 'application.v1',
  gate: null,
  'job-run': 'job-run.v1',
  allowance: null,
  allocation: null,
  worker: 'worker.v1',
  pool: 'worker.v1',
  zone: 'worker.v1',
  fence: null,
  principal: null,
  key: null,
  user: null,
  group: null,
  role: null,
  policy: null,
  'instance-profile': null,
  'mfa-device': null,
  'bucket-policy': null,
  access: 'access.v1',
  usage: 'billing.v1',
  utilization: 'billing.v1',
  payer: null,
  posting: null,
  statement: 'billing.v1',
  'price-list': 'billing.v1',
  budget: 'billing.v1',
  log: null,
} as const satisfies Readonly<Record<string, string | null>>;

export type Category = keyof typeof topicByCategory;

/** Every category of streams; the event store knows an owner for each. */
export const categories: readonly Category[] = Object.keys(topicByCategory) as Category[];

/** Every topic that the ledger writes. */
export const ALL_TOPICS: readonly string[] = [
  LEDGER_TOPIC,
  ...new Set(Object.values(topicByCategory).filter((topic) => topic !== null)),
];

/**
 * The category of a stream: `job-run-00f1…` → `job-run`.
 * @throws when no service owns such streams
 */
export const categoryOf = (stream: string): Category => {
  const found = categories.find((category) => stream.startsWith(`${category}-`));
  if (!found) throw new Error(`stream ${stream} belongs to no category`);
  return found;
};

/** The id part of a stream's name. */
export const idOf = (stream: string): string => stream.slice(categoryOf(stream).length + 1);

/** The public topic of a stream, or null when its events are the services' own. */
export const publicTopicOf = (stream: string): string | null => topicByCategory[categoryOf(stream)];
