import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AppError } from '#kernel';
import { Batcher } from './batcher.js';
import type { EngineState, Row } from './batcher.types.js';
import { paddedLength, Simulation, trueRunMs, warmCost, type SimulatedModel } from './testing/simulation.js';

const costs = {
  text: { fixedMs: 2, perRowMs: 0.5, perTokenMs: 0.1 },
  image: { fixedMs: 1, perRowMs: 15, perTokenMs: 0 },
  translate: { fixedMs: 1, perRowMs: 2, perTokenMs: 1 },
};
const models: SimulatedModel[] = [
  { model: 'text', mode: 'single-pass', maxRows: 16, cost: costs.text },
  { model: 'image', mode: 'single-pass', maxRows: 2, cost: costs.image },
  { model: 'translate', mode: 'continuous', maxRows: 6, cost: costs.translate },
];

const row = (model: string, more: Partial<Row<string>> = {}): Row<string> => ({
  tenantId: 'a',
  weight: 1,
  model,
  length: 16,
  deadlineAt: Infinity,
  payload: '',
  ...more,
});
const idle = (more: Partial<EngineState> = {}): EngineState => ({
  models: new Set(['text', 'image', 'translate']),
  busySinglePass: false,
  freeSlots: () => 6,
  ...more,
});

function newBatcher(options: { maxDispatchMs?: number; maxBacklogMs?: number; engines?: number } = {}) {
  const time = { now: 0 };
  const expired: Row<string>[] = [];
  const batcher = new Batcher<string>({
    clock: { now: () => time.now },
    maxDispatchMs: 50,
    maxBacklogMs: 10_000,
    engines: 1,
    onExpired: (gone) => expired.push(gone),
    ...options,
  });
  for (const { model, mode, maxRows, cost } of models) {
    batcher.register(model, { cost: warmCost(cost, maxRows), mode, maxRows, paddedLength });
  }
  const offer = (...args: Parameters<typeof row>) => {
    const offered = row(...args);
    batcher.offer(offered);
    return offered;
  };
  return { batcher, time, expired, offer };
}

const rowsOf = (dispatch: ReturnType<Batcher<string>['next']>) =>
  dispatch?.runs.flatMap(({ rows }) => rows) ?? [];

const arrival = fc.record({
  at: fc.integer({ min: 0, max: 500 }),
  tenantId: fc.constantFrom('a', 'b', 'c', 'd'),
  weight: fc.constant(1),
  model: fc.constantFrom('text', 'image', 'translate'),
  length: fc.integer({ min: 1, max: 100 }),
  patienceMs: fc.constantFrom(5, 50, 500, Infinity),
  cancelAfterMs: fc.constantFrom(0, 1, 30, Infinity, Infinity, Infinity),
});

describe('Batcher', () => {
  it('keeps all its promises under any load: bounds, order, work conservation, each row answered or dropped once', () => {
    const load = fc.array(arrival, { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(
        load,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 5, max: 100 }),
        (arrivals, engines, maxDispatchMs) => {
          const simulation = new Simulation({ models, engines, maxDispatchMs });
          let cancelled = 0;
          for (const { at, patienceMs, cancelAfterMs, ...fields } of arrivals) {
            simulation.at(at, () => {
              const offered = simulation.offer({ ...fields, deadlineAt: at + patienceMs });
              if (cancelAfterMs === Infinity) return;
              simulation.at(at + cancelAfterMs, () => (cancelled += Number(simulation.cancel(offered))));
            });
          }
          simulation.run();
          // The simulation itself checks each dispatch (see there); here: nothing is lost.
          expect(simulation.served.length + simulation.expired.length + cancelled).toBe(arrivals.length);
          expect(simulation.batcher.waiting()).toBe(0);
          expect(simulation.batcher.backlogMs).toBe(0);
        },
      ),
      { seed: 1, numRuns: 150 },
    );
  });

  it('refuses work beyond the backlog bound as `overloaded` with a time to come back, and never exceeds it', () => {
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 20, maxLength: 100 }), (arrivals) => {
        const { batcher, offer } = newBatcher({ maxBacklogMs: 300 });
        let refused = 0;
        for (const fields of arrivals) {
          try {
            offer(fields.model, fields);
          } catch (error) {
            const { code, facts } = error as AppError;
            expect(code).toBe('overloaded');
            expect(facts.retryAfterS).toBeGreaterThanOrEqual(1);
            refused++;
          }
          expect(batcher.backlogMs <= 300 || batcher.waiting() === 1).toBe(true);
        }
        expect(batcher.waiting()).toBe(arrivals.length - refused);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('tells who is refused to come back by the rate of all its engines', () => {
    const retryAfterS = (engines: number) => {
      const { offer } = newBatcher({ maxBacklogMs: 16_000, engines });
      for (;;) {
        try {
          offer('image');
        } catch (error) {
          return (error as AppError).facts.retryAfterS;
        }
      }
    };
    expect(retryAfterS(1)).toBeGreaterThan(10);
    expect(retryAfterS(4)).toBe(Math.ceil((retryAfterS(1) ?? 0) / 4));
  });

  it('makes room for new work by dropping rows whose deadline has passed', () => {
    const { batcher, time, expired, offer } = newBatcher({ maxBacklogMs: 100 });
    const late = [1, 2, 3, 4, 5].map(() => offer('image', { deadlineAt: 10 }));
    expect(() => offer('image')).toThrow('More work is waiting');
    time.now = 10;
    offer('image');
    expect(expired).toEqual(late);
    expect(batcher.waiting()).toBe(1);
  });

  it('cuts a dispatch by length, so that a long row does not pad the short ones', () => {
    const { batcher, offer } = newBatcher();
    for (const length of [8, 256, 8, 8, 8]) offer('text', { length });
    expect(batcher.next(idle())?.runs.map(({ rows, length }) => [rows.length, length])).toEqual([
      [4, 8],
      [1, 256],
    ]);
  });

  it('lets a row that alone exceeds the dispatch bound run alone', () => {
    const { batcher, offer } = newBatcher({ maxDispatchMs: 10 });
    offer('text', { length: 800 });
    offer('text', { length: 8 });
    expect(rowsOf(batcher.next(idle())).map(({ length }) => length)).toEqual([800]);
    expect(rowsOf(batcher.next(idle())).map(({ length }) => length)).toEqual([8]);
  });

  it('gives a decoding engine one single-pass dispatch at a time, and joins the decoder beside it', () => {
    const { batcher, offer } = newBatcher();
    offer('text');
    for (let i = 0; i < 8; i++) offer('translate');
    expect(batcher.next(idle({ freeSlots: () => 0 }))?.model).toBe('text');
    offer('text');
    const joined = batcher.next(idle({ busySinglePass: true, freeSlots: () => 5 }));
    expect([joined?.mode, rowsOf(joined).length]).toEqual(['continuous', 5]);
    expect(batcher.next(idle({ busySinglePass: true, freeSlots: () => 0 }))).toBeUndefined();
    expect([batcher.waiting('text'), batcher.waiting('translate')]).toEqual([1, 3]);
  });

  it('lets neither mode wait for the other: the oldest head goes first', () => {
    const { batcher, offer } = newBatcher();
    for (const model of ['text', 'translate', 'text']) {
      offer(model);
      offer(model === 'text' ? 'translate' : 'text');
      expect([batcher.next(idle())?.model, batcher.next(idle())?.model]).toEqual(
        model === 'text' ? ['text', 'translate'] : ['translate', 'text'],
      );
    }
  });

  it('charges a row that is settled in parts for all of them', () => {
    const { batcher, offer } = newBatcher({ maxDispatchMs: 1 });
    const ms = trueRunMs(costs.image, 1, 1);
    const served = { a: 0, b: 0 };
    for (let i = 0; i < 60; i++) for (const tenantId of ['a', 'b']) offer('image', { tenantId });
    for (let i = 0; i < 60; i++) {
      const rows = rowsOf(batcher.next(idle()));
      const tenantId = rows[0]?.tenantId === 'a' ? 'a' : 'b';
      served[tenantId]++;
      for (let part = 0; part < (tenantId === 'a' ? 2 : 1); part++) {
        batcher.settle('image', { rows: 1, length: 1 }, rows, ms);
      }
    }
    expect(Math.abs(served.b - 2 * served.a)).toBeLessThanOrEqual(2);
  });

  it('gives an engine only models it holds', () => {
    const { batcher, offer } = newBatcher();
    offer('image');
    expect(batcher.next(idle({ models: new Set(['text']) }))).toBeUndefined();
    expect(batcher.next(idle({ models: new Set(['image']) }))?.model).toBe('image');
  });

  it('spreads a few dear rows over idle engines, and leaves other models to them', () => {
    const images = newBatcher({ maxDispatchMs: 1_000 });
    for (let i = 0; i < 8; i++) images.offer('image');
    expect(rowsOf(images.batcher.next(idle({ idleEngines: 4 })))).toHaveLength(2);
    expect(rowsOf(images.batcher.next(idle()))).toHaveLength(6);
    const mixed = newBatcher({ maxDispatchMs: 1_000 });
    for (let i = 0; i < 4; i++) mixed.offer('image');
    for (let i = 0; i < 30; i++) mixed.offer('text');
    expect(rowsOf(mixed.batcher.next(idle({ idleEngines: 2 })))).toHaveLength(4);
    expect(rowsOf(mixed.batcher.next(idle({ idleEngines: 1 })))).toHaveLength(30);
  });

  it('answers sooner with several engines than one engine that swallows all', () => {
    const finishedAt = (engines: number) => {
      const simulation = new Simulation({ models, engines, maxDispatchMs: 1_000 });
      for (let i = 0; i < 8; i++) simulation.offer({ tenantId: 'a', model: 'image', length: 1 });
      simulation.run();
      return Math.max(...simulation.served.map((served) => served.finishedAt));
    };
    expect(finishedAt(4)).toBeLessThan(finishedAt(1) / 3.5);
  });

  it('settles a run to the last bit and learns from it', () => {
    const { batcher, offer } = newBatcher();
    const rows = [4, 9, 16].map((length) => offer('text', { length }));
    batcher.next(idle());
    const shape = { rows: 3, length: 16 };
    const slowMs = 2 * trueRunMs(costs.text, 3, 16);
    const shares = batcher.settle('text', shape, rows, slowMs);
    expect(shares.reduce((sum, { computeMs }) => sum + computeMs, 0)).toBe(slowMs);
    expect(shares.map(({ paddingMs }) => paddingMs / (slowMs / 3))).toEqual([
      0.75,
      expect.closeTo(7 / 16),
      0,
    ]);
    const before = batcher.backlogMs;
    for (let i = 0; i < 40; i++) batcher.settle('text', shape, [], slowMs);
    offer('text');
    expect((batcher.backlogMs - before) / (trueRunMs(costs.text, 16, 16) / 16)).toBeCloseTo(2, 1);
  });

  it('refuses a row twice and a model nobody registered', () => {
    const { batcher, offer } = newBatcher();
    const twice = offer('text');
    expect(() => batcher.offer(twice)).toThrow();
    expect(() => offer('unknown')).toThrow();
    expect(batcher.waiting()).toBe(1);
  });
});
