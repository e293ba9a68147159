import { describe, expect, it } from '@jest/globals';
import { worstStatus } from './worst-status.js';

describe('the worst of several statuses', () => {
  it.each([
    ['a fault beside a refusal', [503, 500], 500],
    ['a refusal beside a missed deadline', [408, 503], 503],
    ['a missed deadline beside mistakes of the caller and limits', [422, 408, 429], 408],
    ['the greatest of what no alert looks for', [200, 422, 413], 422],
    ['nothing', [], 0],
  ])('is %s', (_, statuses, worst) => {
    expect(worstStatus(...statuses)).toBe(worst);
    expect(worstStatus(...statuses.toReversed())).toBe(worst);
  });
});
