import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { InferenceService, ModelRepository, type RunObservation } from '#inference';
import { AppError, systemClock, type SpanReference, type TracedWork } from '#kernel';
import { modelsDirectory } from '#testing';
import { detectObjects } from './contract.js';
import { detectObjectsPipeline } from './pipeline.js';

const timeoutMs = 60_000;
const photo = readFileSync('test/assets/cat.jpg');

class Traced implements TracedWork {
  readonly linked = new Set<string>();
  readonly reference: SpanReference;
  constructor(spanId: string) {
    this.reference = { traceId: 'a'.repeat(32), spanId, traceFlags: 1 };
  }
  linkTo({ spanId }: SpanReference): void {
    this.linked.add(spanId);
  }
  answered(): void {}
  failed(): void {}
}

/** A worker's inference with one engine, and what its batches held, by the names of the traces. */
async function startWorker() {
  const batches: Traced[] = [];
  const runs: RunObservation[] = [];
  const models = await ModelRepository.open(modelsDirectory(), { only: ['nanodet-g'] });
  const bounds = { maxDispatchMs: 1_000, maxBacklogMs: 600_000, maxRssBytes: 4e9, startTimeoutMs: timeoutMs };
  const observer = {
    onRun: (run: RunObservation) => void runs.push(run),
    onBatch: () => {
      const batch = new Traced(`batch ${batches.length}`);
      batches.push(batch);
      return batch;
    },
  };
  const service = new InferenceService(models, { hosts: 1, variant: 'cpu', ...bounds }, { observer });
  await service.start();
  const process = await detectObjectsPipeline.start(models);
  const signal = new AbortController().signal;
  const detect = (tenantId: string, input: object) => {
    const trace = new Traced(tenantId);
    const deadlineAt = systemClock.now() + timeoutMs;
    const work = { tenantId, weight: 1, deadlineAt, signal, trace };
    return process(detectObjects.split(detectObjects.input.parse(input)).items[0], {
      signal,
      infer: async (model, inputs) => (await service.infer({ model, inputs, ...work })).outputs,
    });
  };
  return { batches, runs, detect, [Symbol.asyncDispose]: () => service.close(systemClock.now() + 1_000) };
}

describe('detectObjectsPipeline', () => {
  it(
    'runs the tiles of one tenant in batches with the photos of another, and bills each look',
    async () => {
      await using worker = await startWorker();
      const large = await sharp(photo).resize(2_400, 1_800).jpeg().toBuffer();
      let done = false;
      const tiled = worker.detect('tiled', { image: large, tile: 'auto' }).finally(() => (done = true));
      const neighbour = async () => {
        while (!done) await worker.detect('neighbour', { image: photo });
      };
      const [{ units }] = await Promise.all([tiled, neighbour(), neighbour()]);
      expect(units).toBe(21);
      const shared = worker.batches.filter(({ linked }) => linked.has('tiled') && linked.has('neighbour'));
      expect(shared.length).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    'finds by tiles what is too small in the whole, where it is, and finds it once',
    async () => {
      await using worker = await startWorker();
      const [width, height] = [240, 162];
      const places = [
        { left: 150, top: 120 },
        { left: 1_130, top: 800 },
        { left: 2_100, top: 1_500 },
      ];
      const small = await sharp(photo).resize(width, height, { fit: 'fill' }).toBuffer();
      const image = await sharp({ create: { width: 2_400, height: 1_800, channels: 3, background: '#777' } })
        .composite(places.map((place) => ({ input: small, ...place })))
        .jpeg()
        .toBuffer();
      const cats = async (tile: 'none' | 'auto') => {
        const { output } = await worker.detect('t', { image, tile, labels: ['cat'], minScore: 0.4 });
        return detectObjects.itemOutput.parse(output).detections.toSorted((a, b) => a.box.x - b.box.x);
      };
      expect(await cats('none')).toEqual([]);
      const found = await cats('auto');
      expect(found).toHaveLength(places.length);
      found.forEach(({ box }, index) => {
        const place = places[index];
        expect(box.x).toBeGreaterThan((place?.left ?? 0) - 20);
        expect(box.y).toBeGreaterThan((place?.top ?? 0) - 20);
        expect(box.x + box.width).toBeLessThan((place?.left ?? 0) + width + 20);
        expect(box.y + box.height).toBeLessThan((place?.top ?? 0) + height + 20);
      });
    },
    timeoutMs,
  );

  it(
    'looks once at what is no larger than a tile',
    async () => {
      await using worker = await startWorker();
      const { units, output } = await worker.detect('small', { image: photo, tile: 'auto' });
      expect(units).toBe(1);
      expect(output).toEqual((await worker.detect('small', { image: photo })).output);
      expect(worker.runs.map(({ rows }) => rows)).toEqual([1, 1]);
    },
    timeoutMs,
  );

  it(
    'refuses to tile a file whose size could not be read at the door, where it is billed',
    async () => {
      await using worker = await startWorker();
      const large = await sharp(photo).resize(2_400, 1_800).jpeg().toBuffer();
      const comments = Buffer.alloc(4 * 1_001, Buffer.from([0xff, 0xfe, 0, 2]));
      const image = Buffer.concat([large.subarray(0, 2), comments, large.subarray(2)]);
      const ask = (tile: string) =>
        worker.detect('sly', { image, tile }).then(
          () => 'answered',
          (error: unknown) => AppError.from(error).code,
        );
      expect(await ask('none')).toBe('answered');
      expect(await ask('auto')).toBe('image.unreadable');
    },
    timeoutMs,
  );
});
