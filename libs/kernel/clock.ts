/** The time port: a virtual clock in tests, Redis `TIME` in a cluster (one clock anchors every deadline). */
export interface Clock {
  /** Milliseconds since the Unix epoch; fractional where the clock knows better. */
  now(): number;
}

export const systemClock: Clock = { now: () => performance.timeOrigin + performance.now() };
