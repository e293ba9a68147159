import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { WordPieceTokenizer } from './wordpiece.tokenizer.js';

const golden = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join('models', 'golden', ...path), 'utf8'));
const texts = [
  golden('translate', 'hard-texts.json'),
  golden('embed', 'wordpiece-texts.json'),
].flat() as string[];
/** Written by Hugging Face's `tokenizers` from the same tokenizer.json (models/golden/embed/generate.py). */
const expected = golden('embed', 'tokens.json') as { ids: number[]; starts: number[]; ends: number[] }[];

describe.each(['minilm-l6', 'qa-reader'])('WordPieceTokenizer of %s', (model) => {
  const path = join(modelsDirectory(model), model, 'tokenizer.json');
  const special = { clsTokenId: 101, sepTokenId: 102, padTokenId: 0 };
  const tokenizer = new WordPieceTokenizer(JSON.parse(readFileSync(path, 'utf8')), special);
  const textsOf = (text: string) => {
    const { starts, ends } = tokenizer.encodeWithOffsets(text);
    return [...starts].map((start, i) => text.slice(start, ends[i]));
  };

  it('gives the ids and places of the reference for every odd text', () => {
    const found = texts.map((text) => {
      const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
      return { ids: [...ids], starts: [...starts], ends: [...ends] };
    });
    expect(found).toEqual(expected);
  });

  it('points into the original text across emoji, accents and dropped characters', () => {
    expect(textsOf('😀 Café\u200b, 𝓗!')).toEqual(['😀', 'Café', ',', '𝓗', '!']);
  });

  it('takes a special token that is spelled out for plain text', () => {
    expect([...tokenizer.encode('a [SEP] b')]).not.toContain(special.sepTokenId);
  });

  it('decodes words, leaving special tokens out', () => {
    const ids = [special.clsTokenId, ...tokenizer.encode('Tokenization works'), special.sepTokenId, 0];
    expect(tokenizer.decode(ids)).toBe('tokenization works');
  });

  it('stays quick on text without words', () => {
    const base64 = Buffer.from(Array.from({ length: 12_288 }, (_, i) => (i * 7_919) % 251)).toString(
      'base64',
    );
    tokenizer.encode(base64);
    const before = process.cpuUsage();
    tokenizer.encode(base64);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(100);
  });
});
