import { readFileSync } from 'node:fs';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** room -> the rooms it may import; `boundaries.json` is the only place the rules are written. */
const allowed = JSON.parse(readFileSync(new URL('./boundaries.json', import.meta.url), 'utf8'));
const rooms = Object.keys(allowed);

/** The files of `tasks` that only a worker imports. */
const workerHalf = [
  'image-input',
  'pipelines',
  'pipeline',
  'pipeline-task-runner',
  'preferred-model',
  'choose-model',
  'read-labels',
].map((name) => `libs/tasks/${name}.ts`);

/** Source globs of a room. `tasks` holds contracts, which the gateway reads; a pipeline may also use inference. */
const filesOf = (room) =>
  ({
    tasks: ['libs/tasks/*.ts', 'libs/tasks/**/contract.ts'],
    'tasks/pipelines': [...workerHalf, 'libs/tasks/*/*.ts'],
    gateway: ['apps/gateway/**/*.ts'],
    'gateway/main': ['apps/gateway/src/main.ts'],
    worker: ['apps/worker/**/*.ts'],
    inferway: ['apps/inferway/**/*.ts'],
    sdk: ['packages/sdk/**/*.ts'],
  })[room] ?? [`libs/${room}/**/*.ts`];

const ignoresOf = (room) =>
  ({
    tasks: workerHalf,
    gateway: ['apps/gateway/src/main.ts'],
    'tasks/pipelines': ['libs/tasks/*/contract.ts'],
  })[room] ?? [];

const boundaries = rooms.map((room) => ({
  files: filesOf(room),
  ignores: ['**/*.spec.ts', ...ignoresOf(room)],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: rooms
          .filter((other) => !allowed[room].includes(other))
          .map((other) => ({
            name: `#${other}`,
            message: `${room} may not import ${other} (boundaries.json)`,
          })),
        patterns: [
          { regex: '(^|/)(libs|apps)/', message: 'import a room by its #name, never past its index.ts' },
          ...(['core', 'kernel', 'contracts', 'scheduling'].includes(room)
            ? [{ group: ['@nestjs/*'], message: `${room} is plain TypeScript: Nest is wiring` }]
            : []),
          ...(room === 'telemetry'
            ? []
            : [{ group: ['@opentelemetry/*'], message: 'OpenTelemetry stays in telemetry' }]),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      'dist',
      'packages/sdk/dist',
      'node_modules',
      '.inferway',
      '.cache',
      'models',
      'libs/persistence/generated',
      '*.config.js',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  ...boundaries,
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
