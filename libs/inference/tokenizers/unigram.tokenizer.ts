import { z } from 'zod';
import { ByteTrie } from './byte-trie.js';
import { CharsmapNormaliser, characterBytes } from './charsmap.normaliser.js';
import type { Tokenizer } from './tokenizer.js';
import { scoredPieces } from './vocabulary.js';

/** The parts of a `tokenizer.json` this tokenizer stands for; another pipeline of steps is refused, not guessed. */
const unigramFile = z.object({
  normalizer: z.object({
    type: z.literal('Sequence'),
    normalizers: z.tuple([
      z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string() }),
      z.object({ type: z.literal('Replace') }),
      z.object({ type: z.literal('Strip'), strip_left: z.literal(true), strip_right: z.literal(true) }),
    ]),
  }),
  pre_tokenizer: z.object({
    type: z.literal('Metaspace'),
    replacement: z.literal('▁'),
    prepend_scheme: z.literal('always'),
  }),
  model: z.object({
    type: z.literal('Unigram'),
    unk_id: z.int(),
    vocab: scoredPieces,
    byte_fallback: z.literal(false),
  }),
});

/** SentencePiece's price of an unknown character, below the cheapest piece. */
const unknownPenalty = 10;
const unknownText = ' ⁇ ';

/**
 * SentencePiece unigram: the segmentation with the highest sum of piece scores, found by Viterbi over the bytes.
 *
 * Own code because translation tokenises everything: `@huggingface/tokenizers` 0.2 gave the same ids but took
 * 0.6–1.1 ms a sentence (a third of the translation itself) and 94 ms for 16,384 characters of base64.
 */
export class UnigramTokenizer implements Tokenizer {
  readonly #normaliser: CharsmapNormaliser;
  readonly #pieces: readonly string[];
  readonly #scores: Float32Array;
  readonly #trie: ByteTrie;
  readonly #unknownId: number;
  readonly #unknownScore: number;
  readonly #silent: ReadonlySet<number>;

  /**
   * @param file parsed `tokenizer.json`.
   * @throws when the file is not such a tokenizer.
   */
  constructor(file: unknown, { eosTokenId }: { eosTokenId?: number | undefined }) {
    const { normalizer, model } = unigramFile.parse(file);
    const charsmap = normalizer.normalizers[0].precompiled_charsmap;
    this.#normaliser = new CharsmapNormaliser(Buffer.from(charsmap, 'base64'));
    this.#pieces = model.vocab.map(([piece]) => piece);
    this.#scores = Float32Array.from(model.vocab, ([, score]) => score);
    this.#unknownId = model.unk_id;
    this.#silent = new Set(eosTokenId === undefined ? [] : [eosTokenId]);
    // Control pieces are written with a space in front, which no normalised text holds: they can never match.
    const known = [...this.#pieces.keys()].filter((id) => id !== model.unk_id && !this.#silent.has(id));
    this.#trie = new ByteTrie(this.#keysOf(known));
    const cheapest = known.reduce((least, id) => Math.min(least, this.#scores[id] ?? 0), Infinity);
    this.#unknownScore = Math.fround(cheapest - unknownPenalty);
  }

  encode(text: string): Int32Array {
    const bytes = this.#normaliser.normalise(text);
    const { ids, starts } = this.#bestPath(bytes);
    const path: number[] = [];
    for (let end = bytes.length; end > 0; end = starts[end] ?? 0) {
      const id = ids[end] ?? this.#unknownId;
      // Unknown characters in a row are one token.
      if (id !== this.#unknownId || path.at(-1) !== id) path.push(id);
    }
    return Int32Array.from(path.reverse());
  }

  canRead(text: string): boolean {
    return !this.encode(text).includes(this.#unknownId);
  }

  decode(ids: ArrayLike<number>): string {
    let text = '';
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? this.#unknownId;
      if (id === this.#unknownId) text += unknownText;
      else if (!this.#silent.has(id)) text += this.#pieces[id] ?? '';
    }
    return text.replaceAll('▁', ' ').replace(/^ /, '');
  }

  /** One key at a time: all of them at once would be copied again and again by the garbage collector. */
  *#keysOf(ids: readonly number[]): Generator<[key: Uint8Array, id: number]> {
    for (const id of ids) yield [Buffer.from(this.#pieces[id] ?? '', 'utf8'), id];
  }

  /**
   * For each end position the piece that ends there on the best path, and where it starts. Sums are rounded to 32
   * bits as SentencePiece's are, and ties go to the piece found first, so that segmentations agree to the last id.
   */
  #bestPath(bytes: Uint8Array): { ids: Int32Array; starts: Int32Array } {
    const ids = new Int32Array(bytes.length + 1);
    const starts = new Int32Array(bytes.length + 1).fill(-1);
    const best = new Float32Array(bytes.length + 1);
    const trie = this.#trie;
    for (let start = 0; start < bytes.length;) {
      const width = characterBytes(bytes[start] ?? 0);
      const soFar = best[start] ?? 0;
      const offer = (end: number, id: number, score: number) => {
        const total = Math.fround(soFar + score);
        if (starts[end] !== -1 && total <= (best[end] ?? 0)) return;
        best[end] = total;
        starts[end] = start;
        ids[end] = id;
      };
      let hasCharacter = false;
      let node = 0;
      for (let end = start; end < bytes.length;) {
        node = trie.step(node, bytes[end] ?? 0);
        if (node === 0) break;
        end++;
        const id = trie.value(node);
        if (id < 0) continue;
        offer(end, id, this.#scores[id] ?? 0);
        hasCharacter ||= end === start + width;
      }
      if (!hasCharacter) offer(start + width, this.#unknownId, this.#unknownScore);
      start += width;
    }
    return { ids, starts };
  }
}
