import { authorization } from './signed-get.ts';
import { parseAuthorization } from './signed-request.ts';
import { sha256Hex } from './signing-key.ts';
import { verify } from './verify.ts';

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
  it('is what an independent implementation writes', () => {
    const aws = {
      ...access,
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    };
    const ofBill = authorization(aws, '/firesteel/v1/bills/job-runs/00abc', '20261125T101112Z');
    expect(ofBill).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261125/us-east-1/firesteel/aws4_request, SignedHeaders=host;x-amz-date, Signature=f1d7e61193c36abf87d69cc6bad510fc44158b8bf8b7980d175adbab459fea7b',
    );
  });
});
