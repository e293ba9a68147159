import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SpanReference, TracedWork } from '#kernel';
import { modelsDirectory } from '#testing';
import { InferenceHarness, outcomeOf } from '../testing/inference.harness.js';
import type { BatchOpening, TracedBatch } from './inference.observer.js';

const decoder = 'translate-en-pt';
const encoder = 'minilm-l6';
let spans = 0;
const newReference = (): SpanReference => ({
  traceId: 'a'.repeat(32),
  spanId: String(++spans),
  traceFlags: 1,
});

class Batch implements TracedBatch {
  readonly reference = newReference();
  readonly links: string[] = [];
  end: string | number | undefined;
  constructor(readonly opening: BatchOpening) {}
  linkTo({ spanId }: SpanReference): void {
    this.links.push(spanId);
  }
  answered({ rows }: { rows: number }): void {
    this.end = rows;
  }
  failed(code: string): void {
    this.end = code;
  }
}

class Job implements TracedWork {
  readonly reference = newReference();
  readonly batches: string[] = [];
  linkTo({ spanId }: SpanReference): void {
    this.batches.push(spanId);
  }
}

describe('the batches of traced rows', () => {
  let harness: InferenceHarness;
  const batches: Batch[] = [];
  beforeAll(async () => {
    harness = await InferenceHarness.start(
      modelsDirectory(),
      [decoder, encoder],
      {},
      {
        onBatch: (opening) => {
          const batch = new Batch(opening);
          batches.push(batch);
          return batch;
        },
      },
    );
  }, 60_000);
  afterAll(() => harness.close());
  beforeEach(() => {
    batches.length = 0;
  });

  function ask(
    model: string,
    seed: number,
    { length = 6 + (seed % 5), signal }: { length?: number; signal?: AbortSignal } = {},
  ): { job: Job; answer: Promise<string> } {
    const job = new Job();
    const ids = InferenceHarness.ids(seed, length, model === decoder ? 0 : 102);
    const inputs = { input_ids: ids };
    const options = { trace: job, ...(signal !== undefined && { signal }) };
    return { job, answer: outcomeOf(harness.ask(model, inputs, options)) };
  }

  it.each([encoder, decoder])(
    'hold each row of %s once, and both sides know',
    async (model) => {
      const asked = Array.from({ length: 24 }, (_, seed) => ask(model, seed));
      await Promise.all(asked.map(({ answer }) => answer));
      await harness.until('all batches end', () => batches.every(({ end }) => end !== undefined));
      expect(batches.flatMap(({ links }) => links).sort()).toEqual(
        asked.map(({ job }) => job.reference.spanId).sort(),
      );
      expect(batches.map(({ end }) => end)).toEqual(batches.map(({ links }) => links.length));
      expect(Math.max(...batches.map(({ links }) => links.length))).toBeGreaterThan(1);
      for (const { job } of asked) {
        const holders = batches.filter(({ links }) => links.includes(job.reference.spanId));
        expect(job.batches).toEqual(holders.map(({ reference }) => reference.spanId));
      }
    },
    60_000,
  );

  it('end when those that still decoded with an answered row are given up', async () => {
    const gone = new AbortController();
    const first = ask(decoder, 1, { length: 2 });
    const others = [2, 3, 4].map((seed) => ask(decoder, seed, { length: 120, signal: gone.signal }));
    await first.answer;
    gone.abort();
    const answers = await Promise.all(others.map(({ answer }) => answer));
    expect(answers).toEqual(others.map(() => 'request.cancelled'));
    expect(batches).toMatchObject([{ end: 1, links: [first.job.reference.spanId] }]);
  }, 60_000);

  it('fail with their host, and its rows are found in another', async () => {
    const asked = Array.from({ length: 8 }, (_, seed) => ask(decoder, seed));
    await harness.until('rows are on the engine', () => harness.inFlight === asked.length);
    const [pid = 0] = harness.pids;
    process.kill(pid, 'SIGKILL');
    expect(await Promise.all(asked.map(({ answer }) => answer))).toEqual(asked.map(() => 'answered'));
    await harness.until('all batches end', () => batches.every(({ end }) => end !== undefined));
    const [lost, ...later] = batches;
    expect(lost).toMatchObject({ end: 'engine.unavailable', opening: { enginePid: pid } });
    expect(lost?.links.length).toBe(asked.length);
    expect(later.flatMap(({ links }) => links).length).toBe(asked.length);
    for (const { job } of asked) expect(job.batches[0]).toBe(lost?.reference.spanId);
  }, 60_000);
});
