import type { Problem } from '#contracts';
import { errorCatalogue, type AppError } from '#kernel';

export const problemMediaType = 'application/problem+json';

/** The reference that a problem's `type` is; the gateway serves a page there. */
export const errorReference = '/docs/errors';

/** An error as RFC 9457 problem details: its code and public facts, never its internal ones or its cause. */
export function toProblem(error: AppError, requestId?: string): Problem {
  const { status, title, retryable } = errorCatalogue[error.code];
  const { detail, issues, limit, retryAfterS, supported } = error.facts;
  return {
    type: `${errorReference}#${error.code}`,
    title,
    status,
    code: error.code,
    ...(detail !== undefined && { detail }),
    ...(requestId !== undefined && { requestId }),
    retryable,
    ...(issues !== undefined && { issues: [...issues] }),
    ...(limit !== undefined && { limit }),
    ...(retryAfterS !== undefined && { retryAfterS }),
    ...(supported !== undefined && { supported: [...supported] }),
  };
}

/** Headers an error asks for: when to retry, and how to authenticate. */
export function problemHeaders(error: AppError): Record<string, string> {
  const { retryAfterS } = error.facts;
  return {
    ...(retryAfterS !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterS))) }),
    ...(error.status === 401 && { 'WWW-Authenticate': challenge(error) }),
  };
}

/** RFC 6750: a request without a key gets the bare challenge, a bad key is told apart. */
function challenge({ code }: AppError): string {
  return code === 'auth.missing_key'
    ? 'Bearer realm="inferway"'
    : 'Bearer realm="inferway", error="invalid_token"';
}
