import { ModelRepository } from '#inference';
import type { BareLoops } from './bare-loops.js';
import type { BenchResult } from '../result.js';
import { photos } from '../workloads.js';
import { imageFeeds, segmentLoop } from './image.loops.js';
import { answerFeeds, embedFeeds, singlePassLoop, type BareLoop } from './single-pass.loops.js';
import { translateLoop } from './translate.loop.js';

const loops = {
  translate: translateLoop,
  answer: singlePassLoop(answerFeeds),
  embed: singlePassLoop(embedFeeds),
  'classify-image': singlePassLoop(imageFeeds(photos['classify-image'])),
  'detect-objects': singlePassLoop(imageFeeds(photos['detect-objects'])),
  'segment-image': segmentLoop(photos['segment-image']),
};
const batches = [1, 4, 8, 16, 32];

/** `bare-loop.process.js MODELS TASK MODEL SECONDS`: one line of JSON (`BareLoops`), a result per batch size. */
const [, , directory = '', task = '', model = '', seconds = '2'] = process.argv;
const repository = await ModelRepository.open(directory);
const handle = repository.get(model);
const open = Object.entries(loops).find(([name]) => name === task)?.[1];
if (handle === undefined || open === undefined) throw new Error(`no model ${model} or no loop for ${task}`);
const loop = await open(handle);
const { maxBatch } = handle.manifest.batching;
const results: BenchResult[] = [];
for (const batch of new Set([...batches, maxBatch])) results.push(await measure(loop, batch));
const full = results.find(({ concurrency }) => concurrency === maxBatch);
const fullBatchMs = full === undefined ? NaN : (1_000 * full.concurrency) / full.itemsPerSecond;
process.stdout.write(JSON.stringify({ results, fullBatchMs } satisfies BareLoops));

async function measure(loop: BareLoop, batch: number): Promise<BenchResult> {
  await loop(batch);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const until = startedAt + Number(seconds) * 1_000;
  let items = 0;
  while (performance.now() < until) items += await loop(batch);
  const { user, system } = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAt;
  return {
    task,
    model,
    topology: 'bare',
    concurrency: batch,
    itemsPerSecond: (1_000 * items) / wallMs,
    cpuMsPerItem: (user + system) / 1_000 / items,
  };
}
