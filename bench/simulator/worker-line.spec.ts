import { describe, expect, it } from '@jest/globals';
import { seeded } from '../random.js';
import { VirtualTime } from './virtual-time.js';
import { startOfRace } from './race.js';
import { drawTurn, WorkerLine, type Taker } from './worker-line.js';

const gapMs = 100;

/** Workers that need `workMs` for a parcel, all of them side by side, and note what they take. */
function lineOf(names: readonly string[], { concurrency = 8, workMs = 1 } = {}) {
  const time = new VirtualTime();
  const line = new WorkerLine<number>(time, () => 1, 1);
  const taken: string[] = [];
  const held = new Map<string, number>();
  let mostHeld = 0;
  const takers = names.map((name): Taker<number> => ({
    concurrency,
    take(_parcel, onEnd) {
      taken.push(name);
      const now = (held.get(name) ?? 0) + 1;
      mostHeld = Math.max(mostHeld, now);
      held.set(name, now);
      time.at(time.now() + workMs, () => {
        held.set(name, (held.get(name) ?? 0) - 1);
        onEnd();
      });
    },
  }));
  for (const taker of takers) line.join(taker);
  return { time, line, taken, takers, most: () => mostHeld };
}

describe('the line of workers', () => {
  it('wakes who has waited longest, and one for nothing that is back in line first', () => {
    const { time, line, taken } = lineOf(['A', 'B', 'C', 'D']);
    for (let parcel = 0; parcel < 8; parcel++) {
      line.add([parcel]);
      time.run(time.now() + gapMs);
    }
    expect(taken.join('')).toBe('ACBDACBD');
  });

  it('gives work to a busy worker beside an idle one', () => {
    const { time, line, taken } = lineOf(['A', 'B', 'C', 'D'], { workMs: 10 * gapMs });
    for (let parcel = 0; parcel < 5; parcel++) {
      line.add([parcel]);
      time.run(time.now() + gapMs);
    }
    expect(taken.join('')).toBe('ACBDA');
  });

  it('gives a full worker nothing before one of its parcels has ended, and loses none', () => {
    const { time, line, taken, most } = lineOf(['A', 'B'], { concurrency: 2, workMs: gapMs });
    line.add(Array.from({ length: 9 }, (_, parcel) => parcel));
    time.run(gapMs / 2);
    expect(taken).toHaveLength(4);
    time.run(10 * gapMs);
    expect(taken).toHaveLength(9);
    expect(most()).toBe(2);
  });

  it('gives a worker that left nothing more, even where it was just woken', () => {
    const { time, line, taken, takers } = lineOf(['A', 'B']);
    line.add([1]);
    const [first] = takers;
    if (first !== undefined) line.leave(first);
    time.run(gapMs);
    expect(taken).toEqual(['B']);
  });
});

describe.each([
  { names: ['A', 'B'], before: 1 },
  { names: ['A', 'B', 'C', 'D'], before: 2 },
])('workers $names at little load', ({ names, before }) => {
  it.each([0.05, 0.15, 0.3, 0.45])('have a job again as often as was measured: %d', (again) => {
    const [wayMs, parcels] = [4, 8_000];
    const time = new VirtualTime();
    const startMs = startOfRace(again, wayMs);
    const line = new WorkerLine<number>(time, drawTurn(wayMs, seeded(1)), startMs);
    const taken: string[] = [];
    for (const name of names)
      line.join({
        concurrency: 8,
        take(_parcel, onEnd) {
          taken.push(name);
          time.at(time.now() + gapMs, onEnd);
        },
      });
    for (let parcel = 0; parcel < parcels; parcel++) {
      line.add([parcel]);
      time.run(time.now() + 2 * gapMs);
    }
    expect(taken).toHaveLength(parcels);
    const same = taken.filter((name, i) => name === taken[i - before]).length / parcels;
    expect(Math.abs(same - again)).toBeLessThan(0.02);
  });
});

describe('a drawn turn', () => {
  it('takes an eighth of the way on average', () => {
    const turnMs = drawTurn(8, seeded(1));
    const draws = 20_000;
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) sum += turnMs();
    expect(sum / draws).toBeCloseTo(1, 1);
  });
});
