import { AppError } from '#kernel';

/** An immediate no, where the answer would have come after the deadline: the caller waits elsewhere, no engine for nothing. */
export function lateRefusal(leftMs: number, retryAfterS: number): AppError {
  return new AppError('overloaded', {
    detail: 'What waits already would keep the answer until after the deadline',
    limit: { name: 'deadline', value: Math.round(leftMs), unit: 'ms' },
    retryAfterS,
  });
}
