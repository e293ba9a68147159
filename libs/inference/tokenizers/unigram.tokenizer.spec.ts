import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelsDirectory } from '#testing';
import { UnigramTokenizer } from './unigram.tokenizer.js';

const golden = (file: string): unknown =>
  JSON.parse(readFileSync(join('models', 'golden', 'translate', file), 'utf8'));
const load = (model: string) => {
  const path = join(modelsDirectory(model), model, 'tokenizer.json');
  return new UnigramTokenizer(JSON.parse(readFileSync(path, 'utf8')), { eosTokenId: 0 });
};
const texts = golden('hard-texts.json') as string[];

describe.each(['en-pt', 'pt-en'])('UnigramTokenizer %s', (pair) => {
  const tokenizer = load(`translate-${pair}`);

  it('gives the ids of Python SentencePiece for every odd text', () => {
    const expected = golden(`tokens.${pair}.json`) as number[][];
    expect(texts.map((text) => [...tokenizer.encode(text)])).toEqual(expected);
  });

  it.each([
    ['José and 20 m²', true],
    ['Muñoz', false],
    ['£5', false],
    ['Łódź', false],
  ])('tells whether the vocabulary has pieces for all of a text: %s', (text, readable) => {
    expect(tokenizer.canRead(text)).toBe(readable);
  });

  it('decodes the golden translations', () => {
    const expected = golden(`outputs.${pair}.json`) as { text: string; ids: number[] }[];
    expect(expected.map(({ ids }) => tokenizer.decode(ids))).toEqual(expected.map(({ text }) => text));
  });

  it('leaves the end of sentence out of the text', () => {
    expect(tokenizer.decode([...tokenizer.encode('one two'), 0])).toBe(
      tokenizer.decode(tokenizer.encode('one two')),
    );
  });

  it('takes time in proportion to length, also for text without words', () => {
    const base64 = Buffer.from(Array.from({ length: 12_288 }, (_, i) => (i * 7_919) % 251)).toString(
      'base64',
    );
    tokenizer.encode(base64);
    const cpuMs = (text: string) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 5; i++) tokenizer.encode(text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 5_000;
    };
    expect(cpuMs(base64)).toBeLessThan(8 * cpuMs(base64.slice(0, base64.length / 4)) + 5);
  });
});
