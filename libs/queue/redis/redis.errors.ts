import { AppError } from '#kernel';

/** Redis as callers hear of it: full is our capacity, anything else is an outage that passes. */
export function explainRedisError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const isFull = cause instanceof Error && /\bOOM\b/.test(cause.message);
  return isFull
    ? new AppError('overloaded', { detail: 'The queue is out of memory', retryAfterS: 5 }, { cause })
    : unavailable(cause);
}

export function unavailable(cause?: unknown): AppError {
  return new AppError('queue.unavailable', { retryAfterS: 1 }, { cause });
}
