import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadUnigram } from '#inference';
import { modelsDirectory } from '#testing';
import { InferenceHarness } from '../../libs/inference/testing/inference.harness.js';
import { PythonReference } from './python-reference.js';

const startTimeoutMs = 120_000;
const names = ['translate-en-pt', 'translate-pt-en', 'efficientnet-lite0'];

let harness: InferenceHarness;
beforeAll(async () => {
  harness = await InferenceHarness.start(modelsDirectory(...names), names);
}, startTimeoutMs);
afterAll(() => harness.close());

describe('the translation graphs', () => {
  let python: PythonReference;
  beforeAll(async () => {
    python = await PythonReference.generate('translate');
  }, startTimeoutMs);
  afterAll(() => python[Symbol.asyncDispose]());

  it.each([
    ['en', 'pt'],
    ['pt', 'en'],
  ])(
    'from %s to %s give here, batched, the text that they give in Python one at a time: 198 of 200 sentences or more',
    async (source, target) => {
      const sentences = await python.committed(`sentences.${source}.json`, z.array(z.string()));
      const outputs = z.array(z.object({ text: z.string() }));
      const expected = await python.read(`outputs.${source}-${target}.json`, outputs);
      const translated = await translateAll(`translate-${source}-${target}`, sentences);
      const same = translated.filter((text, i) => text === expected[i]?.text);
      expect(translated).toHaveLength(200);
      expect(same.length).toBeGreaterThanOrEqual(198);
    },
    startTimeoutMs,
  );

  it.each(['en-pt', 'pt-en'])(
    'of %s read the committed token ids, which are those of SentencePiece',
    async (pair) => {
      const file = `tokens.${pair}.json`;
      const ids = z.array(z.array(z.number()));
      expect(await python.committed(file, ids)).toEqual(await python.read(file, ids));
    },
  );
});

describe('the image graph', () => {
  it('gives the same probabilities on every CPU, to a hundred-thousandth', async () => {
    const committed = readFileSync('models/golden/classify-image/patterns.json', 'utf8');
    const top = z.array(z.object({ index: z.number(), score: z.number() }));
    const patterns = z.array(z.object({ seed: z.number(), top })).parse(JSON.parse(committed));
    for (const { seed, top } of patterns) {
      const { outputs } = await harness.ask('efficientnet-lite0', { pixels: pattern(seed) });
      for (const { index, score } of top) expect(outputs['probabilities']?.[index]).toBeCloseTo(score, 5);
    }
  });
});

async function translateAll(model: string, sentences: readonly string[]): Promise<string[]> {
  const handle = harness.model(model);
  const tokenizer = await loadUnigram(handle);
  const eos = handle.manifest.decoding?.eosTokenId ?? 0;
  return Promise.all(
    sentences.map(async (text) => {
      const input_ids = Int32Array.from([...tokenizer.encode(text), eos]);
      const { outputs } = await harness.ask(model, { input_ids });
      return tokenizer.decode(outputs['output_ids'] ?? []);
    }),
  );
}

/** As models/golden/classify-image/generate.py makes it: no photo and no decoder needed. */
function pattern(seed: number): Uint8Array {
  return Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => Math.imul(i + seed, 2_654_435_761) >>> 24);
}
