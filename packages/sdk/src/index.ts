/**
 * sdk: the TypeScript client of the HTTP API, published as @inferway/sdk.
 *
 * Owns: the client, its retries, errors and uploads. Types, methods and error codes are generated from the contracts.
 * Refuses: dependencies, and anything that only one runtime has: it runs wherever there is `fetch`.
 */
export type { Clock } from './clock.js';
export type { ByteStream, FileBody, FileInput } from './file-input.js';
export type * from './generated.js';
export {
  InferwayError,
  isInferwayError,
  type ClientErrorCode,
  type InferwayErrorCode,
  type InferwayErrorFacts,
} from './inferway.error.js';
export { Inferway, type InferwayOptions } from './inferway.js';
export type { CallOptions, Reply, ReplyFacts } from './operation.js';
export type { Fetch } from './perform-call.js';
export type { RetryOptions } from './retry.policy.js';
