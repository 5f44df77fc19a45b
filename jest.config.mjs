const project = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  // Workspace packages resolve to their TypeScript, so that a test never runs a stale build.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'import', 'default'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Azure's SDK loads it both ways at once, which jest takes for a cycle.
    '^tslib$': '<rootDir>/node_modules/tslib/tslib.js',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true },
          target: 'es2024',
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['<rootDir>/test/property-seed.mjs'],
  modulePathIgnorePatterns: ['/dist/'],
  watchPathIgnorePatterns: ['/dist/'],
};

export default {
  // Only where something hangs does it matter: enough for a machine that is busy with other work.
  testTimeout: 180_000,
  // One for each core: by itself jest leaves a core free, which is half of a machine with two.
  maxWorkers: '100%',
  projects: [
    { ...project, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps,test}/**/*.test.ts'] },
    { ...project, displayName: 'server', testMatch: ['<rootDir>/test/**/*.server-test.ts'] },
  ],
};
