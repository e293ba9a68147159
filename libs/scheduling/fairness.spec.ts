import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Simulation, type SimulatedModel } from './testing/simulation.js';

/** What tenants experience from the batcher as a whole, over long runs of simulated engines. */
const models: SimulatedModel[] = [
  { model: 'text', mode: 'single-pass', maxRows: 16, cost: { fixedMs: 2, perRowMs: 0.5, perTokenMs: 0.1 } },
  { model: 'image', mode: 'single-pass', maxRows: 2, cost: { fixedMs: 1, perRowMs: 9, perTokenMs: 0 } },
];
const translate: SimulatedModel = {
  model: 'translate',
  mode: 'continuous',
  maxRows: 4,
  cost: { fixedMs: 1, perRowMs: 2, perTokenMs: 0.5 },
};
const maxDispatchMs = 30;

interface Load {
  tenantId: string;
  weight?: number;
  model: string;
  length: number;
}

/** A tenant that always has `depth` rows waiting or running: each answer is followed by the next request. */
function keepBacklogged(simulation: Simulation, loads: readonly (Load & { depth: number })[]): void {
  for (const { depth, ...load } of loads) for (let i = 0; i < depth; i++) simulation.offer(load);
  const lengthOf = new Map(loads.map((load) => [load.tenantId, load]));
  const previous = simulation.onFinished;
  simulation.onFinished = (served) => {
    previous(served);
    const load = lengthOf.get(served.row.tenantId);
    if (load === undefined) return;
    const { depth, ...next } = load;
    simulation.offer(next);
  };
}

const waitsOf = (simulation: Simulation, tenantId: string) =>
  simulation.served
    .filter(({ row }) => row.tenantId === tenantId)
    .map(({ row, dispatchedAt }) => dispatchedAt - (row.deadlineAt - deadlineMs));
/** Marks the arrival: deadline = arrival + this. */
const deadlineMs = 1e9;

describe('fairness', () => {
  it('shares compute within 2 % of the weights between backlogged tenants, whatever they run and it costs', () => {
    const tenant = fc.record({
      weight: fc.integer({ min: 1, max: 5 }),
      model: fc.constantFrom('text', 'image'),
      length: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(
        fc.array(tenant, { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (tenants, engines) => {
          const simulation = new Simulation({ models, engines, maxDispatchMs });
          // Deep enough that no tenant ever runs dry while its rows are in flight on all engines.
          keepBacklogged(
            simulation,
            tenants.map((fields, i) => ({ ...fields, tenantId: `t${i}`, depth: 80 * engines })),
          );
          simulation.run(20_000 / engines);
          const weights = tenants.reduce((sum, { weight }) => sum + weight, 0);
          const totalMs = simulation.served.reduce((sum, { computeMs }) => sum + computeMs, 0);
          tenants.forEach(({ weight }, i) => {
            const share = simulation.computeMsOf(`t${i}`) / totalMs;
            expect(Math.abs(share - weight / weights)).toBeLessThan(0.02);
          });
        },
      ),
      { seed: 1, numRuns: 12 },
    );
  });

  it('keeps shares by weight when the predictor is wrong for one tenant: they pay what rows really cost', () => {
    const noise = { next: 1 };
    const simulation = new Simulation({
      models,
      engines: 1,
      maxDispatchMs,
      noise: () => (noise.next = noise.next === 1 ? 3 : 1),
    });
    keepBacklogged(simulation, [
      { tenantId: 'a', model: 'text', length: 8, depth: 80 },
      { tenantId: 'b', model: 'image', length: 1, weight: 2, depth: 80 },
    ]);
    simulation.run(20_000);
    const [a, b] = [simulation.computeMsOf('a'), simulation.computeMsOf('b')];
    expect(Math.abs(b / (a + b) - 2 / 3)).toBeLessThan(0.02);
  });

  it('shares decoder slots by weight', () => {
    const simulation = new Simulation({ models: [translate], engines: 2, maxDispatchMs });
    keepBacklogged(simulation, [
      { tenantId: 'a', model: 'translate', length: 90, depth: 40 },
      { tenantId: 'b', model: 'translate', length: 9, weight: 2, depth: 80 },
    ]);
    simulation.run(10_000);
    const [a, b] = [simulation.computeMsOf('a'), simulation.computeMsOf('b')];
    expect(Math.abs(b / (a + b) - 2 / 3)).toBeLessThan(0.02);
  });

  it('starves nobody: every row of each tenant is served within its share of the backlog plus a dispatch', () => {
    const tenant = fc.record({
      rows: fc.integer({ min: 1, max: 60 }),
      model: fc.constantFrom('text', 'image'),
      length: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(tenant, { minLength: 2, maxLength: 8 }), (tenants) => {
        const simulation = new Simulation({ models, engines: 1, maxDispatchMs });
        tenants.forEach(({ rows, ...fields }, i) => {
          for (let n = 0; n < rows; n++) simulation.offer({ ...fields, tenantId: `t${i}` });
        });
        simulation.run();
        tenants.forEach(({ rows }, i) => {
          const own = simulation.served.filter(({ row }) => row.tenantId === `t${i}`);
          expect(own).toHaveLength(rows);
          own.forEach(({ dispatchedAt }, n) => {
            const ownMs = own.slice(0, n + 1).reduce((sum, { computeMs }) => sum + computeMs, 0);
            // Equal weights: the others have had what it had, each at most one dispatch more, and one was running.
            expect(dispatchedAt).toBeLessThanOrEqual(tenants.length * (ownMs + 2 * maxDispatchMs));
          });
        });
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('bounds what a tenant at 50 times the load adds to the waiting of another by one dispatch', () => {
    const worstWait = (heavy: boolean) => {
      const simulation = new Simulation({ models: [...models, translate], engines: 1, maxDispatchMs });
      for (let i = 0; i < 200; i++) {
        const at = 50 * i;
        const row = { model: 'text', length: 20, deadlineAt: at + deadlineMs };
        simulation.at(at, () => simulation.offer({ ...row, tenantId: 'light' }));
        if (!heavy) continue;
        simulation.at(at, () => {
          for (let n = 0; n < 50; n++)
            simulation.offer({ ...row, tenantId: 'heavy', model: n % 2 ? 'text' : 'image' });
        });
      }
      simulation.run(10_000);
      const waits = waitsOf(simulation, 'light');
      expect(waits.length).toBeGreaterThan(190);
      return Math.max(...waits);
    };
    expect(worstWait(true)).toBeLessThanOrEqual(worstWait(false) + maxDispatchMs + 1);
  });

  it('gives a tenant that was away no burst: from its return on it gets its share, within a dispatch', () => {
    const simulation = new Simulation({ models, engines: 1, maxDispatchMs });
    keepBacklogged(simulation, [{ tenantId: 'busy', model: 'text', length: 20, depth: 80 }]);
    simulation.run(5_000);
    const busyMs = simulation.computeMsOf('busy');
    keepBacklogged(simulation, [{ tenantId: 'back', model: 'image', length: 1, depth: 80 }]);
    for (let until = 5_100; until <= 6_000; until += 100) {
      simulation.run(until);
      const gapMs = simulation.computeMsOf('back') - (simulation.computeMsOf('busy') - busyMs);
      expect(Math.abs(gapMs)).toBeLessThanOrEqual(2 * maxDispatchMs);
    }
  });

  it('does not make a tenant that had a resource to itself starve on another one', () => {
    const simulation = new Simulation({ models: [...models, translate], engines: 1, maxDispatchMs });
    keepBacklogged(simulation, [
      { tenantId: 'reader', model: 'text', length: 20, depth: 80 },
      { tenantId: 'translator', model: 'translate', length: 50, depth: 40 },
    ]);
    simulation.run(20_000);
    for (const [tenantId, model] of [
      ['reader', 'translate'],
      ['translator', 'text'],
    ] as const) {
      simulation.offer({ tenantId, model, length: 50, deadlineAt: simulation.now + deadlineMs });
      simulation.run(simulation.now + 1_000);
      const first = simulation.served.find(({ row }) => row.tenantId === tenantId && row.model === model);
      expect(first?.dispatchedAt).toBeLessThan(simulation.now - 900);
    }
  });
});
