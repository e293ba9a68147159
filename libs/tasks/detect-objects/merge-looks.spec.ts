import { describe, expect, it } from '@jest/globals';
import { mergeLooks, type Look } from './merge-looks.js';
import { suppressOverlaps, type Candidate } from './suppress-overlaps.js';

const whole = { x: 0, y: 0, width: 1_000, height: 600 };
const left = { x: 0, y: 0, width: 600, height: 600 };
const right = { x: 400, y: 0, width: 600, height: 600 };
const rules = { iouThreshold: 0.6, classAgnostic: false, maxDetections: 10 };

const thing = (x: number, width: number, score: number, kind = 0): Candidate => ({
  kind,
  score,
  box: { x, y: 200, width, height: 100 },
});
const look = (seen: Look['seen'], ...candidates: Candidate[]): Look => ({ seen, candidates });
const looks = (inWhole: Candidate[], inLeft: Candidate[], inRight: Candidate[]) => [
  look(whole, ...inWhole),
  look(left, ...inLeft),
  look(right, ...inRight),
];

describe('mergeLooks', () => {
  it('is plain suppression where nothing was cut into tiles', () => {
    const found = [thing(0, 100, 0.5), thing(10, 100, 0.9), thing(500, 50, 0.7)];
    expect(mergeLooks([look(whole, ...found)], rules)).toEqual(suppressOverlaps(found, rules));
  });

  it('gives a thing that two tiles hold whole once, as the surer of them saw it', () => {
    const [sure, unsure] = [thing(450, 100, 0.8), thing(452, 101, 0.7)];
    expect(mergeLooks(looks([], [unsure], [sure]), rules)).toEqual([sure]);
  });

  it.each([
    { by: 'the look at the whole', all: [thing(300, 400, 0.4)], two: [] },
    { by: 'a neighbouring tile', all: [], two: [thing(420, 220, 0.4)] },
  ])('drops the piece of a thing that $by saw whole, however sure the piece is', ({ all, two }) => {
    const piece = thing(500, 100, 0.95);
    expect(mergeLooks(looks(all, [piece], two), rules)).toEqual([...all, ...two]);
  });

  it('takes a box that ends at the edge of the image for whole, and one at the seam for a piece', () => {
    const atEdge = thing(900, 100, 0.5);
    const larger = thing(790, 210, 0.4);
    expect(mergeLooks(looks([larger], [], [atEdge]), rules)).toEqual([atEdge, larger]);
    const atSeam = thing(400, 100, 0.5);
    const around = thing(350, 210, 0.4);
    expect(mergeLooks(looks([around], [], [atSeam]), rules)).toEqual([around]);
  });

  it('keeps what a piece shows where nobody saw the thing whole, and of two pieces the surer', () => {
    const [one, two] = [thing(100, 500, 0.6), thing(400, 300, 0.5)];
    expect(mergeLooks(looks([], [one], [two]), rules)).toEqual([one]);
  });

  it('lets kinds displace each other only where they shall', () => {
    const person = thing(300, 400, 0.4, 1);
    const piece = thing(500, 100, 0.9, 2);
    const seen = looks([person], [piece], []);
    expect(mergeLooks(seen, rules)).toEqual([piece, person]);
    expect(mergeLooks(seen, { ...rules, classAgnostic: true })).toEqual([person]);
    const dog = thing(450, 100, 0.4, 1);
    const cat = thing(450, 100, 0.6, 3);
    const both = looks([dog], [], [cat]);
    expect(mergeLooks(both, rules)).toEqual([cat, dog]);
    expect(mergeLooks(both, { ...rules, classAgnostic: true })).toEqual([cat]);
  });

  it('gives the best of all looks, no more than asked', () => {
    const found = looks(
      [thing(0, 50, 0.4)],
      [thing(100, 50, 0.9), thing(580, 20, 0.6)],
      [thing(900, 50, 0.5)],
    );
    expect(mergeLooks(found, { ...rules, maxDetections: 3 }).map(({ score }) => score)).toEqual([
      0.9, 0.6, 0.5,
    ]);
  });
});
