import { describe, expect, it } from '@jest/globals';
import { attemptOutcome } from './attempt-outcome.js';

const hourMs = 3_600_000;

describe('attemptOutcome', () => {
  it.each([200, 202, 204, 299])('takes %d for delivered', (status) => {
    expect(attemptOutcome({ status }, 1, 0)).toEqual({ state: 'delivered', status });
  });

  it.each([100, 301, 302, 400, 404, 429, 500, 503])('tries again after %d', (status) => {
    expect(attemptOutcome({ status }, 1, 0.5)).toEqual({
      state: 'pending',
      status,
      error: `The receiver answered ${status}`,
      retryInMs: 5_000,
    });
  });

  it('gives up at once on a receiver that is gone for good', () => {
    expect(attemptOutcome({ status: 410 }, 1, 0)).toMatchObject({ state: 'dead', status: 410 });
  });

  it('backs off, each pause no shorter than the one before, for about 24 hours, then gives up', () => {
    const pausesMs: number[] = [];
    for (let attempts = 1; ; attempts++) {
      const outcome = attemptOutcome({ error: 'The connection was refused' }, attempts, 0.5);
      if (outcome.state !== 'pending') {
        expect(outcome).toEqual({ state: 'dead', status: null, error: 'The connection was refused' });
        break;
      }
      pausesMs.push(outcome.retryInMs);
    }
    expect(pausesMs).toEqual([...pausesMs].sort((a, b) => a - b));
    const totalMs = pausesMs.reduce((sum, pauseMs) => sum + pauseMs, 0);
    expect(totalMs).toBeGreaterThan(23 * hourMs);
    expect(totalMs).toBeLessThan(25 * hourMs);
  });

  it('spreads pauses by chance, a tenth each way', () => {
    expect(attemptOutcome({ status: 500 }, 1, 0)).toMatchObject({ retryInMs: 4_500 });
    expect(attemptOutcome({ status: 500 }, 1, 0.999)).toMatchObject({ retryInMs: expect.closeTo(5_499, 0) });
  });
});
