import { z } from 'zod';
import { ByteTrie } from './byte-trie.js';
import { characterClass, classOf, fold } from './bert-characters.js';
import type { OffsetTokenizer, TokensWithOffsets } from './tokenizer.js';
import { piecesById } from './vocabulary.js';

/** The parts of a `tokenizer.json` this tokenizer stands for; another pipeline of steps is refused, not guessed. */
const wordPieceFile = z.object({
  normalizer: z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.literal(true),
    handle_chinese_chars: z.literal(true),
    strip_accents: z.union([z.null(), z.literal(true)]),
    lowercase: z.literal(true),
  }),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
  model: z.object({
    type: z.literal('WordPiece'),
    unk_token: z.string(),
    continuing_subword_prefix: z.string(),
    max_input_chars_per_word: z.int().positive(),
    vocab: piecesById,
  }),
});

type Pieces = ReadonlyMap<number, string>;
type TrieEntry = [key: number[], id: number];

interface Found {
  ids: number[];
  starts: number[];
  ends: number[];
}

/**
 * BERT's WordPiece for uncased vocabularies: words split at spaces, punctuation and ideographs, then the longest
 * known piece again and again. Every token knows its place in the original text, which `answer` cuts spans from.
 *
 * Text that spells a special token ("[SEP]") is text: Hugging Face's tokenizers would let a caller forge one.
 */
export class WordPieceTokenizer implements OffsetTokenizer {
  /** Pieces that start a word, and those that continue one, without their prefix. */
  readonly #heads: ByteTrie;
  readonly #tails: ByteTrie;
  readonly #pieces: Pieces;
  readonly #unknownId: number;
  readonly #prefix: string;
  readonly #maxWordCharacters: number;
  readonly #silent: ReadonlySet<number>;

  /**
   * @param file parsed `tokenizer.json`.
   * @throws when the file is not such a tokenizer.
   */
  constructor(file: unknown, special: { clsTokenId: number; sepTokenId: number; padTokenId: number }) {
    const { model } = wordPieceFile.parse(file);
    const prefix = model.continuing_subword_prefix;
    const pieces = model.vocab;
    const [unknownId] = pieces.entries().find(([, piece]) => piece === model.unk_token) ?? [];
    if (unknownId === undefined) throw new Error(`the vocabulary lacks ${model.unk_token}`);
    this.#heads = new ByteTrie(headsOf(pieces, prefix));
    this.#tails = new ByteTrie(tailsOf(pieces, prefix));
    this.#pieces = pieces;
    this.#unknownId = unknownId;
    this.#prefix = prefix;
    this.#maxWordCharacters = model.max_input_chars_per_word;
    this.#silent = new Set([special.clsTokenId, special.sepTokenId, special.padTokenId]);
  }

  encode(text: string): Int32Array {
    return this.encodeWithOffsets(text).ids;
  }

  encodeWithOffsets(text: string): TokensWithOffsets {
    const found: Found = { ids: [], starts: [], ends: [] };
    const word = new Word();
    for (let start = 0; start < text.length;) {
      const codePoint = text.codePointAt(start) ?? 0;
      const end = start + (codePoint > 0xffff ? 2 : 1);
      const kind = classOf(codePoint);
      if (kind === characterClass.space) this.#finish(word, found);
      else if (kind !== characterClass.dropped)
        for (const character of fold(text.slice(start, end))) {
          // Asked again: folding may uncover punctuation (a struck-out "=" is "=" and a combining mark).
          const standsAlone =
            kind === characterClass.alone || classOf(character.codePointAt(0) ?? 0) === characterClass.alone;
          if (standsAlone) this.#finish(word, found);
          word.append(character, start, end);
          if (standsAlone) this.#finish(word, found);
        }
      start = end;
    }
    this.#finish(word, found);
    return {
      ids: Int32Array.from(found.ids),
      starts: Int32Array.from(found.starts),
      ends: Int32Array.from(found.ends),
    };
  }

  canRead(text: string): boolean {
    return !this.encode(text).includes(this.#unknownId);
  }

  /** Pieces joined by spaces; the original's spacing and case are lost, so spans are cut by offsets instead. */
  decode(ids: ArrayLike<number>): string {
    let text = '';
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? this.#unknownId;
      if (this.#silent.has(id)) continue;
      const piece = this.#pieces.get(id) ?? '';
      const continues = piece.startsWith(this.#prefix) && text !== '';
      text += continues ? piece.slice(this.#prefix.length) : `${text === '' ? '' : ' '}${piece}`;
    }
    return text;
  }

  /** Appends the word's pieces; one unknown token for the whole word if any part of it is unknown. */
  #finish(word: Word, found: Found): void {
    const { text, starts, ends } = word.take();
    if (text === '') return;
    const whole = (id: number) => add(found, id, starts[0], ends.at(-1));
    if (codePoints(text) > this.#maxWordCharacters) {
      whole(this.#unknownId);
      return;
    }
    const before = found.ids.length;
    for (let at = 0; at < text.length;) {
      const piece = this.#longestAt(text, at);
      if (piece === undefined) {
        for (const list of [found.ids, found.starts, found.ends]) list.length = before;
        whole(this.#unknownId);
        return;
      }
      add(found, piece.id, starts[at], ends[piece.end - 1]);
      at = piece.end;
    }
  }

  #longestAt(text: string, at: number): { id: number; end: number } | undefined {
    const trie = at === 0 ? this.#heads : this.#tails;
    let longest: { id: number; end: number } | undefined;
    let node = 0;
    for (let end = at; end < text.length;) {
      node = stepUnit(trie, node, text.charCodeAt(end));
      if (node === 0) break;
      end++;
      const id = trie.value(node);
      if (id >= 0) longest = { id, end };
    }
    return longest;
  }
}

/** UTF-16 as bytes for the trie: Latin-1 is itself, anything else is announced by this byte. */
const wideUnit = 0xff;

function stepUnit(trie: ByteTrie, node: number, unit: number): number {
  if (unit < wideUnit) return trie.step(node, unit);
  const announced = trie.step(node, wideUnit);
  const high = announced === 0 ? 0 : trie.step(announced, unit >> 8);
  return high === 0 ? 0 : trie.step(high, unit & 0xff);
}

/** One key at a time: 30,000 that wait together for their trie are copied again and again by the garbage collector. */
function* headsOf(pieces: Pieces, prefix: string): Generator<TrieEntry> {
  for (const [id, piece] of pieces) if (!piece.startsWith(prefix)) yield [bytesFrom(piece, 0), id];
}

function* tailsOf(pieces: Pieces, prefix: string): Generator<TrieEntry> {
  for (const [id, piece] of pieces) if (piece.startsWith(prefix)) yield [bytesFrom(piece, prefix.length), id];
}

function bytesFrom(text: string, start: number): number[] {
  const bytes: number[] = [];
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < wideUnit) bytes.push(unit);
    else bytes.push(wideUnit, unit >> 8, unit & 0xff);
  }
  return bytes;
}

/** A word under construction: folded text, and for each of its code units where it came from. */
class Word {
  #text = '';
  #starts: number[] = [];
  #ends: number[] = [];

  append(character: string, start: number, end: number): void {
    this.#text += character;
    for (let i = 0; i < character.length; i++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  take(): { text: string; starts: number[]; ends: number[] } {
    const taken = { text: this.#text, starts: this.#starts, ends: this.#ends };
    if (this.#text !== '') {
      this.#text = '';
      this.#starts = [];
      this.#ends = [];
    }
    return taken;
  }
}

function add(found: Found, id: number, start: number | undefined, end: number | undefined): void {
  found.ids.push(id);
  found.starts.push(start ?? 0);
  found.ends.push(end ?? 0);
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
