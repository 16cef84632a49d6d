import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // Their outcome hangs on the machine's other work: `npm run test:faults`.
  testPathIgnorePatterns: ['/node_modules/', '/test/faults/'],
  testEnvironment: 'node',
  testSequencer: '<rootDir>/test/support/dearest-first.js',
  setupFiles: ['<rootDir>/test/support/quiet.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  // Ends what hangs; a journey in a browser takes ten seconds on a free machine, and ten times that on a busy one.
  testTimeout: 180_000,
  // One more than can be at work: much of a test's time is waiting, for a browser, a failover, a deadline.
  maxWorkers: availableParallelism() + 1,
};
