import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { modelsDirectory } from '#testing';
import { ByteTrie } from './byte-trie.js';

const vocabulary = z.object({ model: z.object({ vocab: z.array(z.tuple([z.string(), z.number()])) }) });

/** Few different bytes, so that keys share beginnings and hold each other. */
const key = fc.uint8Array({ minLength: 1, maxLength: 6, max: 3 });

function valueAt(trie: ByteTrie, bytes: Uint8Array): number {
  let node = 0;
  for (const byte of bytes) {
    node = trie.step(node, byte);
    if (node === 0) return -1;
  }
  return trie.value(node);
}

describe('ByteTrie', () => {
  it('finds every key that it was given and no other, however many there are', () => {
    const nameOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const keys = fc.array(key, { maxLength: 600, size: 'max' });
    fc.assert(
      fc.property(keys, fc.array(key, { maxLength: 50 }), (given, others) => {
        const entries = given.map((bytes, value) => [bytes, value] as const);
        const expected = new Map(entries.map(([bytes, value]) => [nameOf(bytes), value]));
        const trie = new ByteTrie(entries);
        const asked = [...given, ...others];
        expect(asked.map((bytes) => valueAt(trie, bytes))).toEqual(
          asked.map((bytes) => expected.get(nameOf(bytes)) ?? -1),
        );
      }),
    );
  });

  it('takes no more memory than a vocabulary of 32,000 pieces is worth', () => {
    const path = join(modelsDirectory('translate-en-pt'), 'translate-en-pt', 'tokenizer.json');
    const { vocab } = vocabulary.parse(JSON.parse(readFileSync(path, 'utf8'))).model;
    const trie = new ByteTrie(vocab.map(([piece], id) => [Buffer.from(piece, 'utf8'), id]));
    expect(trie.byteLength).toBeLessThan(3e6);
  });
});
