import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { modelsDirectory } from '#testing';
import { HuggingFaceTokenizer } from './huggingface.tokenizer.js';

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const golden = (file: string): unknown => readJson(join('models', 'golden', file));
const strings = z.array(z.string());

describe('HuggingFaceTokenizer', () => {
  let wordPiece: HuggingFaceTokenizer;
  beforeAll(() => {
    const file = join(modelsDirectory('minilm-l6'), 'minilm-l6', 'tokenizer.json');
    wordPiece = new HuggingFaceTokenizer(readJson(file));
  });

  it("gives the ids of Python's tokenizers, but for the library's own differences", () => {
    const texts = strings.parse([
      ...strings.parse(golden('translate/hard-texts.json')),
      ...strings.parse(golden('embed/wordpiece-texts.json')),
    ]);
    const expected = z.array(z.object({ ids: z.array(z.int()) })).parse(golden('embed/tokens.json'));
    const differing = texts.filter((text, at) => {
      const ids = wordPiece.encode(text);
      return ids.join() !== expected[at]?.ids.join();
    });
    // Ideographs beyond the basic plane are not split, and a final sigma is lowered by JavaScript's rules.
    expect(differing).toEqual(['𠀀𪛖', 'ΑΣ ΑΣΣ', '𠀀𠀁 extension B']);
  });

  it('tells whether the vocabulary has pieces for all of a text', () => {
    expect(wordPiece.canRead('naïve shops')).toBe(true);
    expect(wordPiece.canRead('a 😀')).toBe(false);
  });

  it('takes text that spells a special token for text', () => {
    const [cls, sep] = [wordPiece.idOf('[CLS]'), wordPiece.idOf('[SEP]')];
    const ids = Array.from(wordPiece.encode('stop [SEP] here [CLS]'));
    expect(ids).not.toContain(sep);
    expect(ids).not.toContain(cls);
    expect(wordPiece.decode(ids)).toBe('stop [ sep ] here [ cls ]');
  });

  it('leaves special tokens out of the text, and knows what stands around one', () => {
    const { before, after } = wordPiece.frame();
    const ids = [...before, ...wordPiece.encode('hello there'), ...after];
    expect([before.length, after.length]).toEqual([1, 1]);
    expect(wordPiece.decode(ids)).toBe('hello there');
    expect(wordPiece.decode([])).toBe('');
  });

  it('encodes a long text in pieces without losing or changing a word', () => {
    const words = Array.from({ length: 3_000 }, (_, at) => ['nine', 'shops', 'open'][at % 3] ?? '');
    const whole = Array.from(wordPiece.encode(words.join(' ')));
    expect(whole).toEqual(words.flatMap((word) => Array.from(wordPiece.encode(word))));
  });

  it('gets through a long text without spaces, surrogate pairs whole', () => {
    const text = '😀'.repeat(5_001);
    expect(wordPiece.encode(`a${text}`).length).toBeGreaterThan(0);
    expect(wordPiece.encode('QUJDREVG'.repeat(4_000)).length).toBeGreaterThan(0);
  });

  it('refuses a file that is no tokenizer', () => {
    expect(() => new HuggingFaceTokenizer({ hello: 1 })).toThrow();
    expect(() => new HuggingFaceTokenizer({ model: { type: 'Nonsense' }, added_tokens: [] })).toThrow();
  });
});
