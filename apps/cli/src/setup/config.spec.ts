import { setUpConfig } from './config.ts';

describe('the cache folder', () => {
  it.each([
    [{ HOME: '/home/ada' }, '/home/ada/.cache/firesteel'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: '/var/cache/ada' }, '/var/cache/ada/firesteel'],
    [{ HOME: '/home/ada', XDG_CACHE_HOME: '/x', FIRESTEEL_CACHE: '/data/cache' }, '/data/cache'],
  ])('is found in %j', (env, expected) => {
    expect(setUpConfig(env).cacheDir).toBe(expected);
  });
});
