/** Beyond this, an estimate of when to come back is no better than a guess. */
const maxRetryAfterS = 300;

/** Whole seconds, 1 or more. */
export function retryAfterS(ms: number): number {
  return Math.min(maxRetryAfterS, Math.max(1, Math.ceil(ms / 1_000)));
}
