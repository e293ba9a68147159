/** The time port: a virtual clock in tests, Redis `TIME` in a cluster (one clock anchors every deadline). */
export interface Clock {
  /** Milliseconds since the Unix epoch; fractional where the clock knows better. */
  now(): number;
}

/**
 * Measures: it never jumps, so no deadline, cache or limit does. For that it goes on as it was when the program started,
 * also when the machine's clock is set, and stands still while the machine sleeps.
 */
export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now() };

/** Dates: the machine's clock as it is now, for what is billed, signed and expires by the calendar. */
export const wallClock: Clock = { now: () => Date.now() };
