/** Unit tests sit beside the code; `test/` holds what needs a whole server. */
export default {
  testEnvironment: 'node',
  cacheDirectory: '<rootDir>/.cache/jest',
  // Five seconds are not enough to open a database on a machine that is busy with other things.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^#tasks/pipelines$': '<rootDir>/libs/tasks/pipelines.ts',
    '^#sdk$': '<rootDir>/packages/sdk/src/index.ts',
    '^#(gateway|worker)$': '<rootDir>/apps/$1/src/index.ts',
    '^#(kernel|contracts|core|tasks|scheduling|inference|persistence|queue|redis|s3|limits|webhooks|reports|video|transport|telemetry|config|process|cluster|local-servers|testing)$':
      '<rootDir>/libs/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testMatch: ['<rootDir>/{apps,libs,packages,bench,test}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/\\.cache/', '<rootDir>/dist/', '<rootDir>/packages/sdk/dist/'],
};
