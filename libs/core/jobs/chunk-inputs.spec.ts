import { describe, expect, it } from '@jest/globals';
import { batchInputs } from './chunk-inputs.js';

const settings = { maxInputs: 32, maxBatchInputs: 512 };

describe('batchInputs', () => {
  it('keeps the order, numbers chunks by their first input, and fills them', async () => {
    const chunks = (await all(batchInputs(texts(100, 10)))).flat();
    expect(chunks.map(({ firstIndex }) => firstIndex)).toEqual([0, 32, 64, 96]);
    expect(chunks.flatMap(({ inputs }) => inputs)).toEqual(await all(texts(100, 10)));
  });

  it('holds one batch at a time: it reads no further until that was stored', async () => {
    let read = 0;
    async function* counted() {
      for await (const text of texts(5_000, 10)) {
        read += 1;
        yield text;
      }
    }
    const batches = batchInputs(counted());
    await batches.next();
    expect(read).toBeLessThanOrEqual(settings.maxBatchInputs + settings.maxInputs + 1);
  });

  it('bounds a batch by its length too, and gives a large input a chunk of its own', async () => {
    const large = 3 * 1024 * 1024;
    const batches = await all(batchInputs(texts(5, large)));
    expect(batches.map((batch) => batch.map(({ inputs }) => inputs.length))).toEqual([[1, 1], [1, 1], [1]]);
  });
});

async function* texts(count: number, length: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(String(i).padEnd(length, '.'));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
