// One Jest configuration for every package; tests sit beside what they test.
import { fileURLToPath } from 'node:url';

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/target/'],
  modulePathIgnorePatterns: ['/target/'],
  transform: { '\\.ts$': fileURLToPath(new URL('strip-types.mjs', import.meta.url)) },
  // Patience, not a measure: a busy machine starts twenty JVMs slowly.
  testTimeout: 240_000,
};
