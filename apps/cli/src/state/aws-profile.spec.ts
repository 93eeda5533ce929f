import { execFileSync } from 'node:child_process';
import {
  awsConfigText,
  awsCredentialsText,
  awsEnvText,
  isProfileName,
  withSection,
} from './aws-profile.ts';

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
  it('keep other profiles, and each but once', () => {
    const other = awsCredentialsText({ ...access, accessKeyId: 'AKIAOTHER' }, 'research');
    const both = withSection(withSection(undefined, awsCredentialsText(access)), other);
    expect(both.match(/^\[.*$/gm)).toEqual(['[firesteel]', '[research]']);
    const again = { ...access, accessKeyId: 'AKIANEW' };
    const renewed = withSection(both, awsCredentialsText(again));
    expect(renewed).toBe(`${awsCredentialsText(again)}\n${other}`);
  });
  it.each([
    ['research', true],
    ['a.b-c_1', true],
    ['firesteel', false],
    ['a]b', false],
    ['', false],
    ['two words', false],
  ])('%j as the name of a profile: %s', (name, good) => {
    expect(isProfileName(name)).toBe(good);
  });
});
