import { readConfig } from './config.ts';

const variables = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4580',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  HOME: '/home/ada',
};

describe('readConfig', () => {
  it('finds the installation where set-up puts it', () => {
    const file = (more: Record<string, string>): string =>
      readConfig({ ...variables, ...more }).installationFile;
    expect(file({})).toBe('/home/ada/.cache/firesteel/installation.json');
    expect(file({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/firesteel/installation.json');
    expect(file({ FIRESTEEL_CACHE: '/fire' })).toBe('/fire/installation.json');
  });

  it('names what is missing', () => {
    expect(() => readConfig({ ...variables, AWS_REGION: undefined })).toThrow(/AWS_REGION/);
  });
});
