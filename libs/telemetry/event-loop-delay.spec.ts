import { describe, expect, it } from '@jest/globals';
import { EventLoopDelay } from './event-loop-delay.js';

/** Nanoseconds of one step of the monitor, which it counts as delay. */
const step = 50e6;

/** A clock's double: the delay of each window between two readings, milliseconds. */
function monitor(...delaysMs: number[]) {
  return {
    enable: () => true,
    disable: () => true,
    percentile: () => step + (delaysMs[0] ?? 0) * 1e6,
    reset: () => void delaysMs.shift(),
  };
}
const readings = (delay: EventLoopDelay) => Array.from({ length: 4 }, () => delay.readS());

describe('EventLoopDelay', () => {
  it('tells one reader of each delay once', () => {
    expect(readings(new EventLoopDelay(1, monitor(400, 20, 0, 30)))).toEqual([0.4, 0.02, 0, 0.03]);
  });

  it('tells a second reader, too, what the first one was told just before', () => {
    expect(readings(new EventLoopDelay(2, monitor(400, 20, 0, 30)))).toEqual([0.4, 0.4, 0.02, 0.03]);
  });
});
