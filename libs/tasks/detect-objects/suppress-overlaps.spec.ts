import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { intersectionOverUnion, suppressOverlaps, type Candidate } from './suppress-overlaps.js';

const side = fc.integer({ min: 1, max: 40 });
const place = fc.integer({ min: 0, max: 60 });
const candidate: fc.Arbitrary<Candidate> = fc.record({
  kind: fc.integer({ min: 0, max: 2 }),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  box: fc.record({ x: place, y: place, width: side, height: side }),
});
const candidates = fc.array(candidate, { maxLength: 60 });
const rules = fc.record({
  iouThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
  classAgnostic: fc.boolean(),
  maxDetections: fc.integer({ min: 1, max: 60 }),
});

describe('suppressOverlaps', () => {
  it('keeps the best, gives what it was given, best first, and no more than asked', () => {
    fc.assert(
      fc.property(candidates, rules, (given, how) => {
        const kept = suppressOverlaps(given, how);
        expect(kept.length).toBeLessThanOrEqual(how.maxDetections);
        expect(kept[0]?.score).toBe(
          given.length > 0 ? Math.max(...given.map(({ score }) => score)) : undefined,
        );
        for (const [index, each] of kept.entries()) {
          expect(given).toContain(each);
          expect(each.score).toBeLessThanOrEqual(kept[index - 1]?.score ?? 1);
        }
      }),
    );
  });

  it('keeps no pair above the threshold, and drops only what a better one displaced', () => {
    fc.assert(
      fc.property(candidates, rules, (given, how) => {
        const kept = suppressOverlaps(given, { ...how, maxDetections: given.length + 1 });
        const displaces = (a: Candidate, b: Candidate) =>
          (how.classAgnostic || a.kind === b.kind) && intersectionOverUnion(a.box, b.box) > how.iouThreshold;
        for (const each of given) {
          const better = kept.filter((other) => other !== each && other.score >= each.score);
          expect(better.some((other) => displaces(other, each))).toBe(!kept.includes(each));
        }
      }),
    );
  });

  it('changes nothing when it is asked again', () => {
    fc.assert(
      fc.property(candidates, rules, (given, how) => {
        const kept = suppressOverlaps(given, how);
        expect(suppressOverlaps(kept, how)).toEqual(kept);
      }),
    );
  });

  it('lets kinds lie on each other, but for one kind only where classes do not count', () => {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    const both = [
      { kind: 1, score: 0.4, box },
      { kind: 0, score: 0.6, box },
    ];
    const how = { iouThreshold: 0.5, maxDetections: 10 };
    expect(suppressOverlaps(both, { ...how, classAgnostic: false }).map(({ kind }) => kind)).toEqual([0, 1]);
    expect(suppressOverlaps(both, { ...how, classAgnostic: true }).map(({ kind }) => kind)).toEqual([0]);
  });
});

describe('intersectionOverUnion', () => {
  it('is symmetric, between 0 and 1, and 1 only for the same box', () => {
    fc.assert(
      fc.property(candidate, candidate, ({ box: a }, { box: b }) => {
        const iou = intersectionOverUnion(a, b);
        expect(iou).toBe(intersectionOverUnion(b, a));
        expect(iou).toBeGreaterThanOrEqual(0);
        expect(iou === 1).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('is a third for squares that share half', () => {
    const square = { x: 0, y: 0, width: 2, height: 2 };
    expect(intersectionOverUnion(square, { ...square, x: 1 })).toBeCloseTo(1 / 3, 12);
    expect(intersectionOverUnion(square, { ...square, x: 2 })).toBe(0);
  });
});
