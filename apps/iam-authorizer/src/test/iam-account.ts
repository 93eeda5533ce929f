/** What tests of IAM's actions say again and again: documents, ARNs, and an account whose root asks. */
import {
  type AuthorizerUnderTest,
  accountId,
  type QueryOutcome,
  root,
} from './authorizer-under-test.ts';
import { type Keys, signed } from './signing.ts';

/** A policy of one statement that allows. */
export const policy = (
  Action: string | string[],
  Resource: string | string[] = '*',
  more = {},
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
  });

/** A trust policy: that principal may assume the role. */
export const trust = (principal: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
export const emr = trust({ Service: 'emr-serverless.amazonaws.com' });

/** ARNs of the account's own things, and of policies of AWS. */
export const own = (kind: string, name: string): string =>
  `arn:aws:iam::${accountId}:${kind}/${name}`;
export const aws = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

export type IamAccount = {
  /** The answer to an action of IAM, asked by the root user unless `keys` say otherwise. */
  readonly iam: (operation: string, input?: object, keys?: Keys) => Promise<QueryOutcome>;
  /** A user with a key, and the key. */
  readonly makeUser: (UserName: string, more?: object) => Promise<Keys>;
  /** Whether somebody may do something with EMR Serverless, and why not. */
  readonly may: (keys: Keys, action: string, more?: object) => Promise<unknown>;
};

/** The account of an authorizer that is started later. */
export function iamAccount(authorizer: () => AuthorizerUnderTest): IamAccount {
  const iam: IamAccount['iam'] = (operation, input = {}, keys = root) =>
    authorizer().query(keys, 'iam', operation, input);
  return {
    iam,
    makeUser: async (UserName, more = {}) => {
      await iam('CreateUser', { UserName, ...more });
      const { AccessKey } = (await iam('CreateAccessKey', { UserName })) as {
        AccessKey: { AccessKeyId: string; SecretAccessKey: string };
      };
      return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
    },
    may: async (keys, action, more = {}) => {
      const { allowed, message } = await authorizer().ask(signed(keys), { action, ...more });
      return allowed || message;
    },
  };
}
