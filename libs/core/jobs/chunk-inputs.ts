import type { InputChunk } from '../ports/job-store.js';

/** One envelope on the queue: little enough that interactive work behind it hardly waits. */
const maxChunkInputs = 32;
/** A chunk is read and sealed as a whole; one input may be larger by itself. */
const maxChunkLength = 256 * 1024;
/** Written in one transaction: bounds what an upload holds in memory. */
const maxBatchChunks = 16;
const maxBatchLength = 4 * 1024 * 1024;

/** Groups JSON texts into chunks and those into batches, in order, holding one batch at a time. */
export async function* batchInputs(texts: AsyncIterable<string>): AsyncGenerator<InputChunk[]> {
  let batch: InputChunk[] = [];
  let batchLength = 0;
  for await (const chunk of chunkInputs(texts)) {
    batch.push(chunk);
    batchLength += chunk.inputs.reduce((sum, { length }) => sum + length, 0);
    if (batch.length >= maxBatchChunks || batchLength >= maxBatchLength) {
      yield batch;
      batch = [];
      batchLength = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

async function* chunkInputs(texts: AsyncIterable<string>): AsyncGenerator<InputChunk> {
  let firstIndex = 0;
  let inputs: string[] = [];
  let length = 0;
  for await (const text of texts) {
    const full = inputs.length >= maxChunkInputs || length + text.length > maxChunkLength;
    if (full && inputs.length > 0) {
      yield { firstIndex, inputs };
      firstIndex += inputs.length;
      inputs = [];
      length = 0;
    }
    inputs.push(text);
    length += text.length;
  }
  if (inputs.length > 0) yield { firstIndex, inputs };
}
