import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeImage, ModelRepository, readSize } from '#inference';
import { imageSpecOf, pixelFeeds } from '../bare/image.loops.js';
import { openGraph } from '../bare/sessions.js';
import { photos } from '../workloads.js';

const rows = 32;

/**
 * `batch-invariance.process.js MODELS TASK MODEL`: how many of 32 photos, each another part of the task's photo, get the
 * same bits from the graph alone and in one batch.
 */
const [, , directory = '', task = '', model = ''] = process.argv;
const handle = (await ModelRepository.open(directory)).get(model);
const file = Object.entries(photos).find(([name]) => name === task)?.[1];
if (handle === undefined || file === undefined) throw new Error(`no model ${model} or no photo for ${task}`);
const spec = imageSpecOf(handle);
const { width, height } = await readSize(file);
const pictures = await Promise.all(
  Array.from({ length: rows }, (_, x) =>
    decodeImage(file, spec, { x, y: 0, width: width - rows, height: height - x }),
  ),
);
const session = await openGraph(handle, 'main');
const together = await session.run(pixelFeeds(pictures, spec));
let same = 0;
for (const [row, picture] of pictures.entries())
  if (sameBits(await session.run(pixelFeeds([picture], spec)), together, row)) same++;
process.stdout.write(String(same / rows));

function sameBits(
  alone: InferenceSession.ReturnType,
  batch: InferenceSession.ReturnType,
  row: number,
): boolean {
  return Object.entries(alone).every(([name, output]) => {
    const bits = bytesOf(output);
    const all = bytesOf(batch[name]);
    return bits.length > 0 && bits.equals(all.subarray(row * bits.length, (row + 1) * bits.length));
  });
}

function bytesOf(output: Tensor | undefined): Buffer {
  if (output === undefined || !ArrayBuffer.isView(output.data)) throw new Error('an output holds no numbers');
  return Buffer.from(output.data.buffer, output.data.byteOffset, output.data.byteLength);
}
