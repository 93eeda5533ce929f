/** `firesteel account`: accounts of this installation, each with its own users, applications and bills. */
import {
  type AccountList,
  accountList,
  type NewAccount,
  newAccount,
  readAnswer,
} from '../operator/answers.ts';
import { serviceClient } from '../operator/services.ts';
import {
  awsConfigText,
  awsCredentialsText,
  isProfileName,
  keepProfile,
} from '../state/aws-profile.ts';
import { askStatus } from '../supervisor/control.ts';
import { tableLines } from '../terminal/table.ts';
import type { CommandContext } from './context.ts';
import { mustBeUp } from './must-be-up.ts';

export type AccountOptions = {
  readonly name: string | undefined;
  /** Twelve digits; one is drawn when there are none. */
  readonly accountId: string | undefined;
  /** The profile that is to hold the new key. */
  readonly profile: string | undefined;
  readonly json: boolean;
};

/** The lines that `account list` prints. */
export const accountLines = ({ accounts }: AccountList): string[] =>
  tableLines(
    [
      { title: 'ACCOUNT', align: 'left' },
      { title: 'NAME', align: 'left' },
    ],
    accounts.map(({ accountId, name }) => [accountId, name ?? '']),
  );

/** @throws Error with one sentence about what was typed */
export function requireAccountOptions({ accountId, profile }: AccountOptions): void {
  if (accountId !== undefined && !/^\d{12}$/.test(accountId))
    throw new Error(`An account id has twelve digits; ${accountId} is none.`);
  if (profile !== undefined && !isProfileName(profile))
    throw new Error(
      `A profile is named with letters, digits, dots and dashes, and not firesteel; ${profile} will not do.`,
    );
}

/** Where the new account's clients find everything. */
type Place = { readonly endpointUrl: string; readonly region: string };

/** What a person is told of a new account whose key is not kept in a file: this once. */
export const newAccountLines = (account: NewAccount, place: Place): string[] => {
  const profile = `account-${account.accountId}`;
  return [
    `The account ${account.accountId} is there. This is the key of its root user, shown this once.`,
    '',
    'For ~/.aws/credentials:',
    ...awsCredentialsText(account, profile).trim().split('\n'),
    '',
    'For ~/.aws/config:',
    ...awsConfigText(place, profile).trim().split('\n'),
  ];
};

const keptLines = ({ accountId }: NewAccount, profile: string, awsDir: string): string[] => [
  `The account ${accountId} is there. The key of its root user is the profile ${profile} of ${awsDir}:`,
  `  export AWS_CONFIG_FILE=${awsDir}/config AWS_SHARED_CREDENTIALS_FILE=${awsDir}/credentials AWS_PROFILE=${profile}`,
];

async function createAccount(context: CommandContext, options: AccountOptions): Promise<void> {
  const { config, layout, say } = context;
  const { name, accountId, profile, json } = options;
  const client = serviceClient(layout, 'iam-authorizer');
  const body = { name, accountId };
  const account = readAnswer(newAccount, await client.call('POST', '/v1/accounts', { body }));
  const endpointUrl = (await askStatus(layout.controlSocket))?.endpoint ?? '';
  const place = { endpointUrl, region: config.region };
  if (profile !== undefined)
    keepProfile(layout, awsConfigText(place, profile), awsCredentialsText(account, profile));
  const { secretAccessKey: _, ...shown } = account;
  if (json) say(JSON.stringify(profile === undefined ? account : { ...shown, profile }, null, 2));
  else if (profile === undefined) for (const line of newAccountLines(account, place)) say(line);
  else for (const line of keptLines(account, profile, layout.awsDir)) say(line);
}

async function listAccounts({ layout, say }: CommandContext, json: boolean): Promise<void> {
  const client = serviceClient(layout, 'iam-authorizer');
  const list = readAnswer(accountList, await client.call('GET', '/v1/accounts'));
  if (json) say(JSON.stringify(list, null, 2));
  else for (const line of accountLines(list)) say(line);
}

/**
 * Makes an account or shows all of them.
 * @param action `create` or `list`
 * @returns the exit code
 */
export async function accountCommand(
  context: CommandContext,
  action: string,
  options: AccountOptions,
): Promise<number> {
  requireAccountOptions(options);
  await mustBeUp(context.layout);
  if (action === 'create') await createAccount(context, options);
  else await listAccounts(context, options.json);
  return 0;
}
