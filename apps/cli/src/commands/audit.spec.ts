import { paintWith } from '../terminal/paint.ts';
import { type AuditOptions, auditLines, auditQuery, momentOf } from './audit.ts';

const now = Date.parse('2026-01-03T12:00:00Z');
const none: AuditOptions = {
  principal: undefined,
  action: undefined,
  since: undefined,
  until: undefined,
  accountId: undefined,
  limit: undefined,
  allowed: false,
  denied: false,
  json: false,
};

it.each([
  ['30s', '2026-01-03T11:59:30.000Z'],
  ['10m', '2026-01-03T11:50:00.000Z'],
  ['2h', '2026-01-03T10:00:00.000Z'],
  ['3d', '2025-12-31T12:00:00.000Z'],
  ['1w', '2025-12-27T12:00:00.000Z'],
  ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ['2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02T03:04:05.5+01:00', '2026-01-02T02:04:05.500Z'],
])('%s is %s', (text, moment) => {
  expect(momentOf('since', text, now)).toBe(moment);
});

it.each(['', 'yesterday', '10', 'm', '-2h', '2026-13-01', '2026-1-1', '10 m'])(
  '%j is no moment',
  (text) => {
    expect(() => momentOf('since', text, now)).toThrow('--since takes 10m, 2h, 3d or an ISO-8601');
  },
);

it.each<[Partial<AuditOptions>, Record<string, string>]>([
  [{}, {}],
  [{ principal: 'user/alice' }, { principal: '*:user/alice' }],
  [{ principal: 'arn:aws:iam::1:root' }, { principal: 'arn:aws:iam::1:root' }],
  [{ principal: '*alice' }, { principal: '*alice' }],
  [{ allowed: true }, { allowed: 'true' }],
  [{ denied: true }, { allowed: 'false' }],
  [{ until: '1h' }, { until: '2026-01-03T11:00:00.000Z' }],
  [
    { accountId: '222222222222', limit: '1000' },
    { accountId: '222222222222', limit: '1000' },
  ],
])('%j asks for %j', (options, query) => {
  expect(auditQuery({ ...none, ...options }, now)).toEqual(query);
});

it.each<[Partial<AuditOptions>, string]>([
  [{ allowed: true, denied: true }, '--allowed and --denied exclude each other.'],
  [{ limit: '0' }, '--limit takes a number from 1 to 1000; 0 is none.'],
  [{ limit: '1001' }, '--limit takes'],
  [{ accountId: '1' }, '--account takes twelve digits'],
])('%j is a mistake', (options, sentence) => {
  expect(() => auditQuery({ ...none, ...options }, now)).toThrow(sentence);
});

it('prints what strangers wrote without letting it speak to the terminal', () => {
  const [, line] = auditLines(
    [
      {
        at: '2026-01-03T09:00:00.000Z',
        accountId: null,
        principal: null,
        service: 's3',
        action: 's3:GetObject',
        resource: 'arn:aws:s3:::b/\u001b[2J\n',
        allowed: false,
        decidedBy: 'InvalidAccessKeyId',
        sourceIp: '10.0.0.1',
        requestId: 'r',
      },
    ],
    paintWith(false),
  );
  expect(line).toBe(
    '2026-01-03T09:00:00.000Z  denied    unknown    10.0.0.1  s3:GetObject  arn:aws:s3:::b/\\x1b[2J\\x0a  InvalidAccessKeyId',
  );
});
