import { answered } from './answered.cases.js';
import type { ApiCase } from './api-case.js';
import { bodies } from './bodies.cases.js';
import { headers } from './headers.cases.js';
import { invalidInput } from './invalid-input.cases.js';
import { keys } from './keys.cases.js';
import { routes } from './routes.cases.js';

export * from './api-case.js';
export { pngBase64 } from './one-pixel.js';
export { scriptedCases } from './scripted.cases.js';

/** Hold for any server with the starter models, over REST, GraphQL and the SDK. */
export const apiCases: readonly ApiCase[] = [
  ...answered,
  ...keys,
  ...invalidInput,
  ...headers,
  ...bodies,
  ...routes,
];
