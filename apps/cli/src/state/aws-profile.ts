/** Texts that let AWS clients find this installation. */

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

/** The text of an AWS config file with the profile `firesteel`. */
export const awsConfigText = (access: AwsAccess): string =>
  `[profile firesteel]\nregion = ${access.region}\nendpoint_url = ${access.endpointUrl}\noutput = json\n`;

/** The text of an AWS credentials file with the same profile. */
export const awsCredentialsText = (access: AwsAccess): string =>
  `[firesteel]\naws_access_key_id = ${access.accessKeyId}\naws_secret_access_key = ${access.secretAccessKey}\n`;
