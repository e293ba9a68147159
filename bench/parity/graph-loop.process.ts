import { writeFileSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import { ModelRepository, type ModelHandle } from '#inference';
import { imageFeeds } from '../bare/image.loops.js';
import { graphConfig, graphFile, openGraph, type Feeds } from '../bare/sessions.js';
import { answerFeeds, embedFeeds } from '../bare/single-pass.loops.js';
import { encoderFeeds } from '../bare/translate.loop.js';
import { photos } from '../workloads.js';

const feedsOf = {
  translate: encoderFeeds,
  answer: answerFeeds,
  embed: embedFeeds,
  'classify-image': imageFeeds(photos['classify-image']),
  'detect-objects': imageFeeds(photos['detect-objects']),
  'segment-image': imageFeeds(photos['segment-image']),
};
const batch = 8;

/**
 * `graph-loop.process.js MODELS TASK MODEL SECONDS FILE`: CPU-ms an item of the task's graph alone, nothing made in
 * between (of a translation: the encoder's). Writes the graph's path, configuration and every input to FILE, for the same in Python.
 */
const [, , directory = '', task = '', model = '', seconds = '1', file = ''] = process.argv;
const handle = (await ModelRepository.open(directory)).get(model);
const makeFeeds = Object.entries(feedsOf).find(([name]) => name === task)?.[1];
if (handle === undefined || makeFeeds === undefined) throw new Error(`no model ${model} or task ${task}`);
const role = task === 'translate' ? 'encoder' : 'main';
const runs = await (await makeFeeds(handle))(batch);
writeInputs(handle, runs);
process.stdout.write(String(await measure(await openGraph(handle, role), runs)));

async function measure(session: InferenceSession, passes: readonly Feeds[]): Promise<number> {
  for (const feeds of passes) await session.run(feeds);
  const before = process.cpuUsage();
  const until = performance.now() + Number(seconds) * 1_000;
  let items = 0;
  while (performance.now() < until)
    for (const feeds of passes) {
      await session.run(feeds);
      items += Object.values(feeds)[0]?.dims[0] ?? 0;
    }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / items;
}

function writeInputs(of: ModelHandle, passes: readonly Feeds[]): void {
  const inputs = passes.map((feeds) =>
    Object.entries(feeds).map(([name, { type, dims, data }]) => {
      if (!ArrayBuffer.isView(data)) throw new Error(`${name} holds strings`);
      const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
      return { name, type, dims, base64 };
    }),
  );
  writeFileSync(file, JSON.stringify({ graph: graphFile(of, role), config: graphConfig(of, role), inputs }));
}
