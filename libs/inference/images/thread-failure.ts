import { AppError, type ErrorCode, type PublicFacts } from '#kernel';

/** The parts of an `AppError`: its class does not survive the way between threads. */
export interface ThreadFailure {
  failed: true;
  code: ErrorCode;
  facts: PublicFacts;
  reason: string;
}

export function failureOf(error: unknown): ThreadFailure {
  const { code, facts, cause, message } = AppError.from(error);
  return { failed: true, code, facts, reason: cause instanceof Error ? cause.message : message };
}

export function isFailure(outcome: object): outcome is ThreadFailure {
  return 'failed' in outcome;
}
