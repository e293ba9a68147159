/**
 * Every error a caller can meet: one catalogue for REST (`status`), GraphQL (`extensions.code`) and the queue.
 *
 * `retryable` says whether the same request can succeed later without being changed. Three refusals are kept
 * apart on purpose: `rate.limited` (slow down), `quota.exceeded` (used up, do not retry) and `overloaded`
 * (our fault, retry when told).
 */
export const errorCatalogue = {
  'request.malformed': { status: 400, title: 'The request could not be parsed', retryable: false },
  'request.invalid': { status: 422, title: 'The request does not match its schema', retryable: false },
  'request.too_large': { status: 413, title: 'The request body is too large', retryable: false },
  'request.unsupported_media_type': {
    status: 415,
    title: 'This content type is not accepted here',
    retryable: false,
  },
  'request.timeout': { status: 408, title: 'The request did not arrive in time', retryable: true },
  'request.cancelled': { status: 499, title: 'The client went away', retryable: true },
  'auth.missing_key': { status: 401, title: 'No API key was given', retryable: false },
  'auth.malformed_key': { status: 401, title: 'The API key is mistyped', retryable: false },
  'auth.unknown_key': { status: 401, title: 'The API key is not known', retryable: false },
  'auth.revoked_key': { status: 401, title: 'The API key was revoked', retryable: false },
  'auth.expired_key': { status: 401, title: 'The API key has expired', retryable: false },
  'auth.wrong_network': { status: 403, title: 'This key is not for this network', retryable: false },
  'auth.wrong_origin': { status: 403, title: 'This key is not for this origin', retryable: false },
  'auth.missing_scope': { status: 403, title: 'This key lacks a scope', retryable: false },
  'auth.forbidden': { status: 403, title: 'This key may not do that', retryable: false },
  'tenant.suspended': { status: 403, title: 'The tenant of this key is suspended', retryable: false },
  'resource.not_found': { status: 404, title: 'Not found', retryable: false },
  'resource.conflict': { status: 409, title: 'The state of the resource forbids that', retryable: false },
  'route.method_not_allowed': { status: 405, title: 'This method is not allowed here', retryable: false },
  'idempotency.in_flight': {
    status: 409,
    title: 'A request with this key is still running',
    retryable: true,
  },
  'idempotency.mismatch': { status: 422, title: 'This key was used with another body', retryable: false },
  'language.unsupported': { status: 422, title: 'This language pair is not supported', retryable: false },
  'language.undetected': {
    status: 422,
    title: 'The source language could not be detected',
    retryable: false,
  },
  'text.too_long': { status: 413, title: 'The text has too many tokens for the model', retryable: false },
  'image.unsupported_format': { status: 415, title: 'The image format is not supported', retryable: false },
  'image.unreadable': { status: 422, title: 'The image could not be decoded', retryable: false },
  'image.too_large': { status: 413, title: 'The image has too many pixels', retryable: false },
  'video.unsupported_format': { status: 415, title: 'This is no video that is read here', retryable: false },
  'video.unreadable': { status: 422, title: 'The video could not be decoded', retryable: false },
  'video.truncated': { status: 422, title: 'The video ends before it should', retryable: false },
  'video.too_large': { status: 413, title: 'The frames of the video have too many pixels', retryable: false },
  'video.too_long': { status: 413, title: 'The video is too long', retryable: false },
  'video.unavailable': { status: 501, title: 'This server cannot read videos', retryable: false },
  'deadline.exceeded': {
    status: 408,
    title: 'The deadline passed before the answer was ready',
    retryable: true,
  },
  'rate.limited': { status: 429, title: 'Too many requests: slow down', retryable: true },
  'quota.exceeded': { status: 402, title: 'The quota or the budget is used up', retryable: false },
  'invoice.out_of_range': {
    status: 409,
    title: 'The invoice comes to more than a number can hold',
    retryable: false,
  },
  overloaded: { status: 503, title: 'The service is at its capacity', retryable: true },
  'engine.failed': {
    status: 500,
    title: 'The model fails on this item, also when it runs alone',
    retryable: false,
  },
  'engine.unavailable': { status: 503, title: 'No engine could run this request', retryable: true },
  'queue.unavailable': { status: 503, title: 'The queue cannot be reached', retryable: true },
  'payloads.unavailable': {
    status: 503,
    title: 'The store of large payloads cannot be reached',
    retryable: true,
  },
  'limits.unavailable': {
    status: 503,
    title: 'The limits of this tenant cannot be checked',
    retryable: true,
  },
  'service.draining': { status: 503, title: 'The server is shutting down', retryable: true },
  'graphql.invalid': { status: 400, title: 'The GraphQL document is not valid', retryable: false },
  'graphql.too_complex': { status: 400, title: 'The GraphQL document asks for too much', retryable: false },
  internal: { status: 500, title: 'Something went wrong on our side', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** True for strings that name an entry of the catalogue (job payloads carry codes as text). */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCatalogue, text);
}
