import { ALL_TOPICS, categories, categoryOf, idOf, LEDGER_TOPIC, publicTopicOf } from './topics.ts';

it.each<[string, string, string, string | null]>([
  ['application-00f1', 'application', '00f1', 'application.v1'],
  ['gate-00f1', 'gate', '00f1', null],
  ['job-run-00f1', 'job-run', '00f1', 'job-run.v1'],
  ['allocation-00f1', 'allocation', '00f1', null],
  ['worker-w-1', 'worker', 'w-1', 'worker.v1'],
  ['principal-123456789012.root', 'principal', '123456789012.root', null],
  ['role-123456789012.my-role', 'role', '123456789012.my-role', null],
  ['access-unknown.20261125.1', 'access', 'unknown.20261125.1', 'access.v1'],
  ['usage-00f1', 'usage', '00f1', 'billing.v1'],
  ['price-list-us-east-1', 'price-list', 'us-east-1', 'billing.v1'],
])('knows category, id and topic of %s', (stream, category, id, topic) => {
  expect([categoryOf(stream), idOf(stream), publicTopicOf(stream)]).toEqual([category, id, topic]);
});

it.each(['', 'job-run', 'job-1', 'applications-1', 'Application-1', ' gate-1'])(
  'refuses the stream %p, which nobody owns',
  (stream) => {
    expect(() => categoryOf(stream)).toThrow('belongs to no category');
  },
);

it('has no category whose streams could be taken for another’s', () => {
  const confused = categories.filter((category) =>
    categories.some((other) => other !== category && `${category}-`.startsWith(`${other}-`)),
  );
  expect(confused).toEqual([]);
});

it('lists every topic once, the ledger’s first', () => {
  expect(ALL_TOPICS).toEqual([
    LEDGER_TOPIC,
    'application.v1',
    'job-run.v1',
    'worker.v1',
    'access.v1',
    'billing.v1',
  ]);
});
