import { execFileSync } from 'node:child_process';
import { awsConfigText, awsCredentialsText, awsEnvText } from './aws-profile.ts';

const access = {
  endpointUrl: 'http://127.0.0.1:4580',
  region: 'eu-west-1',
  accessKeyId: 'AKIAABCDEFGHIJKLMNOP',
  secretAccessKey: `it's "odd" $HOME`,
};

describe('files for AWS clients', () => {
  it('survive a shell', () => {
    const script = `${awsEnvText(access)}\nprintf '%s|%s|%s' "$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL" "$AWS_DEFAULT_REGION"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
      `${access.secretAccessKey}|${access.endpointUrl}|eu-west-1`,
    );
  });
  it('hold a profile with the endpoint', () => {
    expect(awsConfigText(access)).toBe(
      '[profile firesteel]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:4580\noutput = json\n',
    );
    expect(awsCredentialsText(access)).toContain('[firesteel]\naws_access_key_id = AKIA');
  });
});
