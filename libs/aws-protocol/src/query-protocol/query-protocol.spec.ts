import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as sdk from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { AwsError, asAwsError } from '../aws-error.ts';
import { loadModel } from '../service-model.ts';
import { parseQueryRequest } from './request.ts';
import { serializeQueryError, serializeQueryResponse } from './response.ts';

const iam = loadModel('iam');
const TRUST =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"emr-serverless.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

let handler: (operation: string, input: Record<string, unknown>) => object;
let server: Server;
let client: sdk.IAMClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    const rawQuery = request.url?.split('?')[1] ?? '';
    buffer(request)
      .then((body) => parseQueryRequest(iam, { rawQuery, body }))
      .then(({ operation, input }) =>
        serializeQueryResponse(iam, operation, handler(operation, input), 'request-1'),
      )
      .catch((thrown: unknown) => serializeQueryError(iam, asAwsError(thrown), 'request-1'))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new sdk.IAMClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await new Promise((closed) => server.close(closed));
});

const ROLE = {
  Path: '/team/',
  RoleName: 'job',
  RoleId: 'AROA1234567890123456',
  Arn: 'arn:aws:iam::123456789012:role/team/job',
  CreateDate: new Date('2026-01-02T03:04:05Z'),
};

it('round-trips CreateRole with the SDK', async () => {
  const input = {
    RoleName: 'job',
    AssumeRolePolicyDocument: TRUST,
    Path: '/team/',
    Description: 'a <b> & "c" + ü',
    MaxSessionDuration: 3600,
    Tags: [
      { Key: 'team', Value: 'data = co' },
      { Key: 'two', Value: '' },
    ],
  };
  const calls: unknown[] = [];
  handler = (operation, received) => {
    calls.push(operation, received);
    return { Role: { ...ROLE, ...input, Extra: 'dropped' } };
  };
  const { Role, $metadata } = await client.send(new sdk.CreateRoleCommand(input));
  expect(calls).toEqual(['CreateRole', input]);
  expect(Role).toEqual({ ...ROLE, ...input, AssumeRolePolicyDocument: encodeURIComponent(TRUST) });
  expect($metadata.requestId).toBe('request-1');
});

it('answers an operation without output, and errors as the SDK names them', async () => {
  handler = () => ({});
  const put = new sdk.PutRolePolicyCommand({
    RoleName: 'job',
    PolicyName: 'p',
    PolicyDocument: '{}',
  });
  await client.send(put);
  handler = () => {
    throw new AwsError('NoSuchEntity', 404, 'The role with name <job> cannot be found.');
  };
  const thrown: unknown = await client
    .send(new sdk.GetRoleCommand({ RoleName: 'job' }))
    .catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(sdk.NoSuchEntityException);
  expect(thrown).toMatchObject({ message: 'The role with name <job> cannot be found.' });
});

it('answers maps, and lists of structures', async () => {
  handler = () => ({ SummaryMap: { Users: 2, AccountMFAEnabled: 0 } });
  const { SummaryMap } = await client.send(new sdk.GetAccountSummaryCommand({}));
  expect(SummaryMap).toEqual({ Users: 2, AccountMFAEnabled: 0 });
  const result = {
    EvalActionName: 's3:GetObject',
    EvalDecision: 'allowed',
    MatchedStatements: [{ SourcePolicyId: 'p', StartPosition: { Line: 1, Column: 17 } }],
    MissingContextValues: [],
    EvalDecisionDetails: { p: 'allowed' },
  } as const;
  handler = () => ({ EvaluationResults: [result], IsTruncated: false });
  const answer = await client.send(
    new sdk.SimulateCustomPolicyCommand({ PolicyInputList: ['{}'], ActionNames: ['s3:GetObject'] }),
  );
  expect(answer).toMatchObject({ EvaluationResults: [result], IsTruncated: false });
});

it('round-trips parameters that nest', async () => {
  const input = {
    PolicyInputList: ['{}'],
    ActionNames: ['s3:GetObject', 's3:PutObject'],
    ContextEntries: [
      {
        ContextKeyName: 'aws:TagKeys',
        ContextKeyValues: ['a', 'b'],
        ContextKeyType: 'stringList' as const,
      },
    ],
  };
  let received: unknown;
  handler = (_operation, read) => {
    received = read;
    return {};
  };
  await client.send(new sdk.SimulateCustomPolicyCommand(input));
  expect(received).toEqual(input);
});

const parse = (rawQuery: string, body: string | Uint8Array = '') =>
  parseQueryRequest(iam, { rawQuery, body: Buffer.from(body) });
const V = 'Version=2010-05-08';

it.each([
  ['', 'MissingAction'],
  [V, 'MissingAction'],
  [`Action=&${V}`, 'MissingAction'],
  [`Action=CreateSAMLProvider&${V}`, 'InvalidAction'],
  [`Action=constructor&${V}`, 'InvalidAction'],
  [`Action=__proto__&${V}`, 'InvalidAction'],
  ['Action=GetRole&RoleName=a', 'InvalidAction'],
  ['Action=GetRole&Version=2011-06-15&RoleName=a', 'InvalidAction'],
  [`Action=GetRole&${V}`, 'ValidationError'],
  [`Action=GetRole&${V}&RoleName=`, 'ValidationError'],
  [`Action=GetRole&${V}&RoleName=a%20b`, 'ValidationError'],
  [`Action=GetRole&${V}&RoleName=a&RoleName=b`, 'MalformedInput'],
  [`Action=GetRole&Action=GetRole&${V}&RoleName=a`, 'MalformedInput'],
  [`Action=GetRole&${V}&RoleName=%zz`, 'MalformedInput'],
  [`Action=GetRole&${V}&RoleName=%00`, 'MalformedInput'],
  [`Action=GetRole&${V}&${'a.'.repeat(20)}=1`, 'MalformedInput'],
  [
    `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&MaxSessionDuration=1h`,
    'MalformedInput',
  ],
  [
    `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&MaxSessionDuration=1`,
    'ValidationError',
  ],
  [
    `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&Tags.member.2.Key=a`,
    'MalformedInput',
  ],
  [
    `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&Tags.member.1.Key=a`,
    'ValidationError',
  ],
  [
    `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&Tags.member.__proto__.Key=a`,
    'MalformedInput',
  ],
])('refuses %s with %s', (form, code) => {
  const refused = expect.objectContaining({ code, status: 400 });
  expect(() => parse(form)).toThrow(refused);
  expect(() => parse('', form)).toThrow(refused);
});

it("words violations as IAM does, and reads both a form's and a query's spaces", () => {
  expect(() => parse(`Action=GetRole&${V}`)).toThrow(
    "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
  );
  const form = `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=a+b&Unknown=1&Tags=`;
  const badTag = `Action=CreateRole&${V}&RoleName=a&AssumeRolePolicyDocument=x&Tags.member.1.Key=a`;
  expect(() => parse(badTag)).toThrow("Value null at 'tags.1.member.value'");
  expect(parse('', form).input).toEqual({
    RoleName: 'a',
    AssumeRolePolicyDocument: 'a b',
    Tags: [],
  });
  expect(parse(form).input['AssumeRolePolicyDocument']).toBe('a+b');
  expect(() => parse('', Buffer.from([0xff]))).toThrow(
    expect.objectContaining({ code: 'MalformedInput' }),
  );
  expect(() => parse('', 'a'.repeat(1_048_577))).toThrow(expect.objectContaining({ status: 400 }));
});

it.each([
  [
    'CreateUser',
    'UserName=a%20b',
    'userName',
    'only alphanumeric characters and/or the following: +=,.@_-',
  ],
  [
    'CreateUser',
    'UserName=a&Path=x',
    'path',
    'begin and end with / and contain only alphanumeric characters and/or / characters.',
  ],
])('words what %s with %s may not have as IAM does', (action, form, member, rule) => {
  const message = `The specified value for ${member} is invalid. It must `;
  const wrong = () => parse(`Action=${action}&${V}&${form}`);
  expect(wrong).toThrow(message);
  expect(wrong).toThrow(rule);
  expect(wrong).toThrow(expect.objectContaining({ code: 'ValidationError' }));
});

it('repeats a wrong value to callers of STS, as AWS does', () => {
  const rawQuery =
    'Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/a&RoleSessionName=a:b';
  const wrong = () => parseQueryRequest(loadModel('sts'), { rawQuery, body: Buffer.alloc(0) });
  expect(wrong).toThrow(
    "1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
  );
});

it('throws nothing but AWS errors, whatever the form', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('CreateRole', 'GetRole', 'PutRolePolicy'),
      (text, action) => {
        try {
          parse('', `Action=${action}&${V}&${text}`);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AwsError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

it('writes well-formed XML of text that XML cannot hold', () => {
  const sts = loadModel('sts');
  const output = { UserId: 'a\u0001<&>"\'\r\ud800', Account: '123456789012' };
  expect(serializeQueryResponse(sts, 'GetCallerIdentity', output, 'r&1').body).toBe(
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>a\ufffd&lt;&amp;&gt;&quot;&apos;&#xD;\ufffd</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r&amp;1</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n',
  );
  const error = serializeQueryError(sts, new AwsError('ExpiredToken', 403, 'old'), 'r');
  expect(error).toEqual({
    status: 403,
    headers: { 'content-type': 'text/xml', 'x-amzn-RequestId': 'r' },
    body: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>old</Message></Error><RequestId>r</RequestId></ErrorResponse>\n',
  });
});
