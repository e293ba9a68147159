import { AppError } from '#kernel';
import { lateRefusal } from '../late-refusal.js';
import type { Submitted } from './queue.scripts.js';

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

/** Why the queue did not take a job. */
export function overloaded(answer: Exclude<Submitted, { state: 'ok' }>): AppError {
  switch (answer.state) {
    case 'deadline':
      return lateRefusal(answer.leftMs, answer.retryAfterS);
    case 'backlog':
      return new AppError('overloaded', {
        detail: 'More work is waiting than can be answered in time',
        limit: { name: 'backlog', value: answer.limitMs, unit: 'ms' },
        retryAfterS: answer.retryAfterS,
      });
    case 'bytes':
      return new AppError('overloaded', {
        detail: 'More payloads are waiting than the queue may hold',
        limit: { name: 'queue payloads', value: answer.limit, unit: 'bytes' },
        retryAfterS: 1,
      });
  }
}
