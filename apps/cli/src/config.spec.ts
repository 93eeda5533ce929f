import { inheritedEnvironment, readConfig } from './config.ts';

describe('readConfig', () => {
  it('has defaults', () => {
    expect(readConfig('/repo', { HOME: '/home/me' })).toMatchObject({
      homeDir: '/repo/.firesteel',
      cacheDir: '/home/me/.cache/firesteel',
      gatewayPort: undefined,
      accountId: '123456789012',
      region: 'us-east-1',
      zones: ['zone-a'],
      serviceSettings: {},
    });
  });
  it('knows zones and what capacity is told of them', () => {
    const settings = { ZONE_SUBNETS: 'zone-a=subnet-1,subnet-2;zone-b=subnet-3' };
    expect(readConfig('/repo', { ...settings, ZONES: 'zone-a,zone-b' })).toMatchObject({
      zones: ['zone-a', 'zone-b'],
      serviceSettings: settings,
    });
    expect(() => readConfig('/repo', { ZONES: 'zone-a,zone-a' })).toThrow(/ZONES.*twice/);
    expect(() => readConfig('/repo', { ZONE_SUBNETS: 'zone-a' })).toThrow(/ZONE_SUBNETS.*be like/);
    expect(() => readConfig('/repo', { ZONE_SILENCE_MS: 'soon' })).toThrow(/ZONE_SILENCE_MS/);
  });
  it('says which variable is wrong', () => {
    const wrong = { FIRESTEEL_PORT: '99999', ZONES: 'A,b' };
    expect(() => readConfig('/repo', wrong)).toThrow(/FIRESTEEL_PORT.*\n.*ZONES/);
    expect(() => readConfig('/repo', { FIRESTEEL_ROOT_ACCESS_KEY_ID: 'A'.repeat(20) })).toThrow(
      /both/,
    );
  });
});

describe('inheritedEnvironment', () => {
  it('keeps credentials of the user and our own settings back', () => {
    expect(
      inheritedEnvironment({
        PATH: '/bin',
        AWS_SECRET_ACCESS_KEY: 'theirs',
        FIRESTEEL_ROOT_SECRET_ACCESS_KEY: 'ours',
        FIRESTEEL_HOME: '/x',
        FIRESTEEL_FEATURE: 'on',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o',
        npm_config_cache: '/c',
        NODE_OPTIONS: '--inspect',
      }),
    ).toEqual({ PATH: '/bin', FIRESTEEL_FEATURE: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o' });
  });
});
