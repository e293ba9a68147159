/** Time as the client sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves when the time is over, or at once when the signal aborts: whoever waits looks at the signal. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** Longest delay of a timer; a longer one would fire at once. */
export const maxTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.min(durationMs, maxTimerMs));
      signal.addEventListener('abort', finish);
      if (signal.aborted) finish();
    }),
};
