import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** What each kind of project may lean on. A forbidden import fails `npm run check`. */
const byType = [
  { sourceTag: 'type:core', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:model', onlyDependOnLibsWithTags: ['type:core'] },
  { sourceTag: 'type:format', onlyDependOnLibsWithTags: ['type:core', 'type:model'] },
  { sourceTag: 'type:stage', onlyDependOnLibsWithTags: ['type:core', 'type:model', 'type:format'] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:core', 'type:model', 'type:format'] },
  { sourceTag: 'type:nest', onlyDependOnLibsWithTags: ['type:core'] },
  // Rules, dashboards and the page of metrics are made from the list of metrics, and nothing runs with them.
  { sourceTag: 'type:monitoring', onlyDependOnLibsWithTags: ['type:core', 'scope:telemetry'] },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:core',
      'type:model',
      'type:format',
      'type:stage',
      'type:adapter',
      'type:nest',
      'type:app',
    ],
  },
  {
    sourceTag: 'type:test',
    onlyDependOnLibsWithTags: ['type:core', 'type:model', 'type:format', 'type:test'],
  },
];

/** Each SDK lives behind one library; what is pure stays free of frameworks. */
const SDKS = [
  '@nestjs/*',
  'kafkajs',
  '@platformatic/kafka',
  '@aws-sdk/*',
  '@azure/*',
  '@confluentinc/*',
  'prom-client',
  'pino',
  '@opentelemetry/*',
];
const pure = ['type:core', 'type:model', 'type:format', 'type:stage'].map((sourceTag) => ({
  sourceTag,
  bannedExternalImports: SDKS,
}));
const onlyIn = [
  { sourceTag: 'type:adapter', bannedExternalImports: ['@nestjs/*'] },
  { sourceTag: 'type:test', bannedExternalImports: SDKS },
  { sourceTag: 'type:monitoring', bannedExternalImports: SDKS },
  { sourceTag: 'type:app', bannedExternalImports: SDKS.filter((sdk) => sdk !== '@nestjs/*') },
];

const byScope = [
  // What reads streams and what writes tables meet only in an app.
  { sourceTag: 'scope:broker', onlyDependOnLibsWithTags: ['scope:broker', 'scope:shared'] },
  { sourceTag: 'scope:sink', onlyDependOnLibsWithTags: ['scope:sink', 'scope:lake', 'scope:shared'] },
  { sourceTag: 'scope:lake', onlyDependOnLibsWithTags: ['scope:lake', 'scope:shared'] },
  { sourceTag: 'scope:validate', onlyDependOnLibsWithTags: ['scope:validate', 'scope:shared'] },
  {
    allSourceTags: ['scope:detect', 'type:stage'],
    onlyDependOnLibsWithTags: ['scope:detect', 'scope:shared'],
  },
  { sourceTag: 'scope:simulate', onlyDependOnLibsWithTags: ['scope:simulate', 'scope:shared'] },
];

const notInTheLine = [
  { selector: 'TSNonNullExpression', message: 'Say what happens when it is not there.' },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time comes in as a Clock.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Randomness comes in as an argument.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '**/.venv/**', '.ci/*/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['{apps,libs,test}/**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 330, skipBlankLines: true, skipComments: true }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          banTransitiveDependencies: true,
          depConstraints: [...byType, ...byScope, ...pure, ...onlyIn],
        },
      ],
    },
  },
  {
    files: ['{apps,libs}/**/src/**/*.ts'],
    ignores: ['**/*.test.ts', 'libs/testing/**'],
    rules: {
      'no-restricted-syntax': ['error', ...notInTheLine],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/generated/**/*.ts'], rules: { 'max-lines': 'off' } },
  {
    // The places where the machine's own clock and chance are read.
    files: ['libs/stream/src/{clock,random}.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Tests may use what they test with, and their own description is one long function.
    files: ['**/*.test.ts', '{test,apps/*/test}/**/*.ts', 'libs/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': 'off',
      'max-lines-per-function': 'off',
      'max-lines': ['error', 500],
    },
  },
  {
    files: ['apps/api/board/**/*.js'],
    languageOptions: {
      globals: { document: 'readonly', window: 'readonly', fetch: 'readonly', EventSource: 'readonly' },
    },
  },
);
