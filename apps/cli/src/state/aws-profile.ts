/** Files and texts that let AWS clients find this installation. */
import { join } from 'node:path';
import type { Layout } from './layout.ts';
import { readIfThere, writePrivately } from './private-file.ts';

/** What a client has to know to talk to us. */
export type AwsAccess = {
  readonly endpointUrl: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A file for `source`: the variables that the AWS CLI and every SDK read. */
export function awsEnvText(access: AwsAccess): string {
  const variables = {
    AWS_ENDPOINT_URL: access.endpointUrl,
    AWS_ACCESS_KEY_ID: access.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
    AWS_REGION: access.region,
    AWS_DEFAULT_REGION: access.region,
  };
  const exports = Object.entries(variables).map(
    ([name, value]) => `export ${name}=${quote(value)}`,
  );
  return `${['# The root key of this installation: source this file.', ...exports].join('\n')}\n`;
}

/** The profile with the installation's root key. */
export const rootProfile = 'firesteel';

/** A section of an AWS config file; the profile's key is in the other file. */
export const awsConfigText = (
  { region, endpointUrl }: Pick<AwsAccess, 'region' | 'endpointUrl'>,
  profile = rootProfile,
): string =>
  `[profile ${profile}]\nregion = ${region}\nendpoint_url = ${endpointUrl}\noutput = json\n`;

/** A section of an AWS credentials file. */
export const awsCredentialsText = (
  { accessKeyId, secretAccessKey }: Pick<AwsAccess, 'accessKeyId' | 'secretAccessKey'>,
  profile = rootProfile,
): string =>
  `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;

/** Whether a word can name a profile; the root key's is taken. */
export const isProfileName = (name: string): boolean =>
  /^[\w.-]{1,64}$/.test(name) && name !== rootProfile;

/**
 * A config or credentials file with one section replaced or added; all others stay as they are.
 * @param text undefined where there is no file yet
 * @param section its first line is its name in brackets
 */
export function withSection(text: string | undefined, section: string): string {
  const name = section.slice(0, section.indexOf('\n'));
  const others = (text ?? '')
    .split(/^(?=\[)/m)
    .map((other) => other.trim())
    .filter((other) => other !== '' && other.split('\n')[0]?.trim() !== name);
  // The installation's own comes first, wherever it was.
  const sections = name.endsWith(`${rootProfile}]`) ? [section, ...others] : [...others, section];
  return `${sections.map((each) => each.trim()).join('\n\n')}\n`;
}

/** Writes both sections of a profile into the home's files; other profiles stay. */
export function keepProfile(
  { awsDir }: Pick<Layout, 'awsDir'>,
  config: string,
  credentials: string,
): void {
  for (const [file, section] of [
    ['config', config],
    ['credentials', credentials],
  ] as const) {
    const path = join(awsDir, file);
    writePrivately(path, withSection(readIfThere(path), section));
  }
}
