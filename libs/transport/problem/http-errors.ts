import { AppError, type ErrorCode } from '#kernel';
import { bodyLimit } from '../views/limits.js';

/** What Fastify and Node say when they refuse a request, as far as we look at it. */
interface HttpError {
  code?: unknown;
  statusCode?: unknown;
  /** Nest's name for `statusCode`. */
  status?: unknown;
}

/** What may be sent, for whoever sent something else. */
export const acceptedTypes = 'Send application/json (or multipart/form-data where the endpoint takes a file)';

/** Fastify's and Node's own refusals. Their texts are not passed on: they quote the body. */
const refusals: Record<string, { code: ErrorCode; detail: string }> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request.malformed', detail: 'The body is not valid JSON' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request.malformed', detail: 'The body is empty' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request.malformed',
    detail: 'The body is not as long as Content-Length says',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'request.unsupported_media_type',
    detail: acceptedTypes,
  },
  FST_ERR_CTP_EMPTY_TYPE: {
    code: 'request.unsupported_media_type',
    detail: 'Send a Content-Type header with the body',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'request.too_large',
    detail: 'The body is larger than this endpoint accepts',
  },
  FST_ERR_BAD_URL: { code: 'request.malformed', detail: 'The URL is not valid' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'resource.not_found', detail: 'There is nothing at this path' },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'request.timeout',
    detail: 'Headers and body must arrive faster than this',
  },
  HPE_HEADER_OVERFLOW: { code: 'request.too_large', detail: 'The request headers are too large' },
};

/** For refusals that we do not know by name: the status still says whose fault it was. */
const codes = new Map<number, ErrorCode>([
  [400, 'request.malformed'],
  // A file server's refusal of a path that leaves its folder: there is nothing there.
  [403, 'resource.not_found'],
  [404, 'resource.not_found'],
  [413, 'request.too_large'],
  [415, 'request.unsupported_media_type'],
]);

/**
 * An error that Fastify, Node or Nest raised around a handler, in our terms. Nest wraps Fastify's errors, so the
 * cause is looked at too. Whatever is not known stays `internal` and is logged.
 *
 * @param bodyLimitBytes of the route, for a body that was larger
 */
export function fromHttpError(error: unknown, bodyLimitBytes?: number): AppError {
  if (error instanceof AppError) return error;
  const causes = [error, error instanceof Error ? error.cause : undefined];
  for (const cause of causes) {
    const known = isHttpError(cause) && typeof cause.code === 'string' ? refusals[cause.code] : undefined;
    if (known === undefined) continue;
    const isTooLarge = known.code === 'request.too_large' && bodyLimitBytes !== undefined;
    const facts = { detail: known.detail, ...(isTooLarge && { limit: bodyLimit(bodyLimitBytes) }) };
    return new AppError(known.code, facts, { cause: error });
  }
  const status = causes.map(statusOf).find((value) => value !== undefined);
  const code = status === undefined ? undefined : codes.get(status);
  if (code !== undefined) return new AppError(code, {}, { cause: error });
  return AppError.from(error);
}

/** What Node's HTTP parser refused before there was a request: a bad request line, header or chunk, or too slow a client. */
export function fromClientError(error: HttpError): AppError {
  const known = typeof error.code === 'string' ? refusals[error.code] : undefined;
  if (known !== undefined) return new AppError(known.code, { detail: known.detail });
  return new AppError('request.malformed', { detail: 'This is not a valid HTTP/1.1 request' });
}

function isHttpError(error: unknown): error is HttpError {
  return typeof error === 'object' && error !== null;
}

function statusOf(error: unknown): number | undefined {
  const status = isHttpError(error) ? (error.statusCode ?? error.status) : undefined;
  return typeof status === 'number' ? status : undefined;
}
