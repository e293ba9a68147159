import { describe, expect, it } from '@jest/globals';
import { squadScore } from './squad-metric.js';

describe('squadScore', () => {
  it.each([
    ['The Amazon-Jungle!', 'amazonjungle', 1, 1],
    ['the the cat', 'cat', 1, 1],
    ['Amazonia or the Amazon Jungle', 'Amazonia', 0, 0.4],
    ['big big cat', 'big cat', 0, 0.8],
    ['théâtre a', 'théâtre', 1, 1],
    ['cat', 'dog', 0, 0],
    ['the', '', 1, 1],
    ['', 'dog', 0, 0],
  ])('%j for %j', (prediction, reference, exact, f1) => {
    const score = squadScore(prediction, [reference]);
    expect(score.exact).toBe(exact);
    expect(score.f1).toBeCloseTo(f1, 6);
  });

  it('takes the best of the references', () => {
    expect(squadScore('cat', ['dog', 'cat'])).toEqual({ exact: 1, f1: 1 });
  });
});
