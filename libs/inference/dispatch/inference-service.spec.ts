import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import type { RowInputs } from '../inference.types.js';
import { processCpuMs, tickMs } from '../testing/contention.js';
import { InferenceHarness, outcomeOf } from '../testing/inference.harness.js';
import { loadUnigram } from '../tokenizers/load-tokenizer.js';
import type { RunObservation } from './inference.observer.js';

const startTimeoutMs = 60_000;
const names = ['translate-en-pt', 'minilm-l6', 'qa-reader', 'efficientnet-lite0'] as const;

/** Row `seed` of a model; lengths differ from row to row, by little, so that they share runs. */
const rowOf: Record<(typeof names)[number], (seed: number) => RowInputs> = {
  'translate-en-pt': (seed) => ({ input_ids: InferenceHarness.ids(seed, 2 + ((seed * 5) % 40), 0) }),
  'minilm-l6': (seed) => ({ input_ids: InferenceHarness.ids(seed, 41 + (seed % 4), 102) }),
  'qa-reader': (seed) => {
    const input_ids = InferenceHarness.ids(seed, 60 + ((seed * 13) % 5), 102);
    return { input_ids, token_type_ids: new Int32Array(input_ids.length).fill(1, 8) };
  },
  'efficientnet-lite0': (seed) => ({
    pixels: Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => Math.imul(i + seed, 2_654_435_761) >>> 24),
  }),
};

describe('InferenceService on real models', () => {
  const runs: RunObservation[] = [];
  let harness: InferenceHarness;
  beforeAll(async () => {
    harness = await InferenceHarness.start(
      modelsDirectory(...names),
      names,
      {},
      { onRun: (run) => runs.push(run) },
    );
  }, startTimeoutMs);
  afterAll(() => harness.close());

  describe.each(names)('%s', (name) => {
    it('answers a row the same alone and among 31 strangers of all models', async () => {
      const row = rowOf[name](1);
      const alone = await harness.ask(name, row);
      runs.length = 0;
      const strangers = Array.from({ length: 31 }, (_, i) => {
        const other = i % 3 === 0 ? (names[i % names.length] ?? name) : name;
        return harness.ask(other, rowOf[other](i + 2));
      });
      const among = await harness.ask(name, row);
      await Promise.all(strangers);
      expect(among.outputs).toEqual(alone.outputs);
      expect(
        Math.max(...runs.filter(({ model }) => model.startsWith(name)).map(({ rows }) => rows)),
      ).toBeGreaterThan(2);
    });
  });

  it('translates a file of sentences together as the reference does one at a time', async () => {
    const tokenizer = await loadUnigram(harness.model('translate-en-pt'));
    const encode = (text: string) => Int32Array.from([...tokenizer.encode(text), 0]);
    const sentences = JSON.parse(
      readFileSync('models/golden/translate/sentences.en.json', 'utf8'),
    ) as string[];
    const golden = JSON.parse(readFileSync('models/golden/translate/outputs.en-pt.json', 'utf8')) as {
      ids: number[];
    }[];
    const results = await Promise.all(
      sentences.map((text) => harness.ask('translate-en-pt', { input_ids: encode(text) })),
    );
    const same = results.filter(
      ({ outputs }, i) => String(outputs['output_ids']) === String(golden[i]?.ids),
    ).length;
    // Another CPU family rounds a few words differently (models/README.md); batching must not add to that.
    expect(same).toBeGreaterThanOrEqual(golden.length * 0.98);
  });

  it('trims padding: outputs along the sequence are as long as the row', async () => {
    const rows = [30, 47, 119].map((seed) => rowOf['qa-reader'](seed));
    const results = await Promise.all(rows.map((row) => harness.ask('qa-reader', row)));
    expect(results.map(({ outputs }) => outputs['start_logits']?.length)).toEqual(
      rows.map((row) => row['input_ids']?.length),
    );
  });

  it('batches what waits and attributes to rows what their host did for them, no more', async () => {
    runs.length = 0;
    const [pid = 0] = harness.pids;
    const before = processCpuMs(pid);
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, seed) => harness.ask('minilm-l6', rowOf['minilm-l6'](seed))),
    );
    const computeMs = results.reduce((sum, { timings }) => sum + timings.computeMs, 0);
    expect(runs.length).toBeLessThan(30);
    expect(runs.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
    expect(computeMs).toBeGreaterThan(0);
    // The end of a run before, which the first has to bear, and a tick at each end.
    expect(computeMs).toBeLessThan(processCpuMs(pid) - before + 3 * tickMs);
    for (const { timings } of results) expect(timings.paddingMs).toBeLessThan(timings.computeMs);
  });

  it('isolates a row the model fails on: it alone is refused, its batch mates are answered', async () => {
    const good = Array.from({ length: 12 }, (_, seed) => harness.ask('minilm-l6', rowOf['minilm-l6'](seed)));
    const poison = harness.ask('minilm-l6', { input_ids: Int32Array.of(101, 2_000_000_000, 102) });
    await expect(poison).rejects.toMatchObject({
      code: 'engine.failed',
      internal: { model: 'minilm-l6@1', reason: expect.stringContaining('out of data bounds') },
    });
    expect(await Promise.all(good.map(outcomeOf))).toEqual(good.map(() => 'answered'));
  });

  it('refuses a row that does not fit its model before any engine sees it', async () => {
    expect(await outcomeOf(harness.ask('minilm-l6', {}))).toBe('internal');
    expect(await outcomeOf(harness.ask('efficientnet-lite0', { pixels: new Uint8Array(7) }))).toBe(
      'internal',
    );
    const tooLong = { input_ids: new Int32Array(257) };
    expect(await outcomeOf(harness.ask('minilm-l6', tooLong))).toBe('text.too_long');
  });

  it('drops cancelled and expired rows, wherever they are, and answers the others', async () => {
    const { pids } = harness;
    const cancel = new AbortController();
    const ask = (seed: number, options = {}) =>
      outcomeOf(harness.ask('translate-en-pt', rowOf['translate-en-pt'](seed), options));
    const cancelled = Array.from({ length: 40 }, (_, seed) => ask(seed + 40, { signal: cancel.signal }));
    const others = Array.from({ length: 40 }, (_, seed) => ask(seed));
    const expired = Array.from({ length: 20 }, (_, seed) => ask(seed + 80, { timeoutMs: 1 }));
    await harness.until('rows are in flight', () => harness.inFlight > 0);
    cancel.abort();
    expect(new Set(await Promise.all(cancelled))).toEqual(new Set(['request.cancelled']));
    expect(await Promise.all(expired)).toContain('deadline.exceeded');
    expect(new Set(await Promise.all(others))).toEqual(new Set(['answered']));
    expect(harness.service.stats().backlogMs).toBe(0);
    expect(await ask(100)).toBe('answered');
    expect(harness.pids).toEqual(pids);
  });

  it('computes nothing for a request that is cancelled or expired when it comes', async () => {
    const row = rowOf['minilm-l6'](1);
    expect(await outcomeOf(harness.ask('minilm-l6', row, { signal: AbortSignal.abort() }))).toBe(
      'request.cancelled',
    );
    expect(await outcomeOf(harness.ask('minilm-l6', row, { timeoutMs: -1 }))).toBe('deadline.exceeded');
    expect(harness.inFlight).toBe(0);
  });
});

describe('maxBatchRows', () => {
  it(
    'bounds the runs of every model, also of those whose manifest allows more',
    async () => {
      const rows: number[] = [];
      const few = ['translate-en-pt', 'minilm-l6'] as const;
      const harness = await InferenceHarness.start(
        modelsDirectory(...few),
        few,
        { maxBatchRows: 1 },
        { onRun: (run) => rows.push(run.rows) },
      );
      const asked = few.flatMap((name) =>
        Array.from({ length: 8 }, (_, seed) => harness.ask(name, rowOf[name](seed))),
      );
      await Promise.all(asked).finally(() => harness.close());
      expect(rows).toEqual(asked.map(() => 1));
    },
    startTimeoutMs,
  );
});

describe('two engines', () => {
  it(
    'share the sentences that come while both are at work, instead of one being filled before the other',
    async () => {
      const name = 'translate-en-pt';
      const pair = await InferenceHarness.start(modelsDirectory(name), [name], { hosts: 2 });
      const ask = (count: number) =>
        Array.from({ length: count }, (_, seed) =>
          pair.ask(name, { input_ids: InferenceHarness.ids(seed, 100, 0) }),
        );
      const held = () => pair.service.stats().hosts.map(({ rows }) => rows);
      try {
        const first = ask(2);
        await nextTurn();
        const rest = ask(38);
        await nextTurn();
        expect(held()).toEqual([20, 20]);
        await Promise.all([...first, ...rest]);
      } finally {
        await pair.close();
      }
    },
    startTimeoutMs,
  );
});

describe('one engine', () => {
  it(
    'is not filled by a crowd beside another tenant, whose sentences would take as long as all of theirs',
    async () => {
      const name = 'translate-en-pt';
      const single = await InferenceHarness.start(modelsDirectory(name), [name], { hosts: 1 });
      const ask = (tenantId: string, count: number) =>
        Array.from({ length: count }, (_, seed) =>
          single.ask(name, { input_ids: InferenceHarness.ids(seed, 100, 0) }, { tenantId }),
        );
      const held = () => single.service.stats().hosts.map(({ rows }) => rows);
      try {
        const others = [...ask('few', 2), ...ask('many', 40)];
        await nextTurn();
        expect(held()).toEqual([12]);
        await Promise.all(others);
        const alone = ask('many', 40);
        await nextTurn();
        expect(held()).toEqual([32]);
        await Promise.all(alone);
      } finally {
        await single.close();
      }
    },
    startTimeoutMs,
  );
});
