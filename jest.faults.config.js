import config from './jest.config.js';

/** Faults brought about in real servers, one file at a time. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/faults/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
