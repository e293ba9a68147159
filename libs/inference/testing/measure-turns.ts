/** Runs work and measures how long it took, and for how long at most the event loop stood still meanwhile. */
export async function measureTurns(
  work: () => Promise<unknown>,
): Promise<{ longestMs: number; tookMs: number }> {
  let longestMs = 0;
  let turnedAt = performance.now();
  const turning = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - turnedAt);
    turnedAt = performance.now();
  }, 1);
  const startedAt = performance.now();
  await work().finally(() => {
    clearInterval(turning);
  });
  return { longestMs, tookMs: performance.now() - startedAt };
}
