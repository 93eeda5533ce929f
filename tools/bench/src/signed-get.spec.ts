import { parseAuthorization } from '@firesteel/aws-protocol/sigv4/signed-request';
import { sha256Hex } from '@firesteel/aws-protocol/sigv4/signing-key';
import { verify } from '@firesteel/aws-protocol/sigv4/verify';
import { authorization } from './signed-get.ts';

const access = {
  endpointUrl: 'http://127.0.0.1:4580',
  region: 'us-east-1',
  accessKeyId: 'AKIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'secret',
};
const path = '/firesteel/v1/applications/0a/job-runs/0b/visits';

const outcome = (secretAccessKey: string): boolean => {
  const time = '20260131T120000Z';
  const parsed = parseAuthorization({
    method: 'GET',
    rawPath: path,
    rawQuery: '',
    headers: [
      ['host', '127.0.0.1:4580'],
      ['x-amz-date', time],
      ['authorization', authorization(access, path, time)],
    ],
  });
  if (!parsed.ok) throw new Error('no signature was found');
  return verify({
    request: parsed.request,
    secretAccessKey,
    now: new Date('2026-01-31T12:00:05Z'),
    expected: { services: ['firesteel'] },
    bodySha256: sha256Hex(''),
  }).ok;
};

describe('authorization', () => {
  it('is what a verifier of Signature Version 4 accepts', () => {
    expect(outcome('secret')).toBe(true);
    expect(outcome('another')).toBe(false);
  });
});
