/**
 * Milliseconds as a report tells them: sums of floats end in digits that nobody measured (12.340000000000002). What is
 * stored, exported and compared stays as it is.
 */
export function wholeMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
