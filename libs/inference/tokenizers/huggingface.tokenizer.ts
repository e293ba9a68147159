import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { Tokenizer } from './tokenizer.js';

/** The parts of a `tokenizer.json` that are read here; the library reads the rest. */
const tokenizerFile = z.looseObject({
  model: z.looseObject({
    type: z.string().optional(),
    unk_id: z.int().nullish(),
    unk_token: z.string().nullish(),
  }),
  added_tokens: z
    .array(
      z.looseObject({ id: z.int().nonnegative(), content: z.string(), special: z.boolean().default(false) }),
    )
    .default([]),
});

/**
 * Longest text given to the library at once. Its Viterbi and its regular expressions are slow on long words: 16,384
 * characters of base64 took 94 ms, pieces of this size take a few each, and the sum stays linear.
 */
const maxPieceCharacters = 2_000;

/**
 * Any `tokenizer.json`, by Hugging Face's own library: for pulled models, whose tokenizers are of all kinds. Its ids are
 * those of the Python library for 443 of our 446 odd strings (see the spec).
 *
 * Text that spells a special token ("</s>") is text: the library would let a caller forge one, so special tokens are
 * not told to it when it encodes, and those that come out of the vocabulary nevertheless are dropped.
 */
export class HuggingFaceTokenizer implements Tokenizer {
  readonly #encoder: Library;
  readonly #decoder: Library;
  readonly #special: ReadonlySet<number>;
  /** Special by name, but what a text may well hold. */
  readonly #unknownId: number | undefined;

  /**
   * @param file parsed `tokenizer.json`.
   * @throws when the file is not one, or of a kind that the library does not know.
   */
  constructor(file: unknown) {
    const content = tokenizerFile.parse(file);
    const config = { clean_up_tokenization_spaces: false };
    const special = content.added_tokens.filter((token) => token.special);
    this.#special = new Set(special.map(({ id }) => id));
    this.#decoder = new Library(content, config);
    const { unk_id: unknownId, unk_token: unknown } = content.model;
    this.#unknownId = unknownId ?? (typeof unknown === 'string' ? this.idOf(unknown) : undefined);
    const ordinary = content.added_tokens.filter((token) => !token.special);
    this.#encoder = new Library({ ...content, added_tokens: ordinary }, config);
  }

  encode(text: string): Int32Array {
    const pieces = cut(text).map((piece) => this.#encoder.encode(piece, { add_special_tokens: false }).ids);
    return Int32Array.from(pieces.flat().filter((id) => id === this.#unknownId || !this.#special.has(id)));
  }

  canRead(text: string): boolean {
    return this.#unknownId === undefined || !this.encode(text).includes(this.#unknownId);
  }

  decode(ids: ArrayLike<number>): string {
    const known = Array.from(ids).filter((id) => !this.#special.has(id));
    return known.length === 0 ? '' : this.#decoder.decode(known, { skip_special_tokens: true }).trim();
  }

  /** Id of a token by its exact spelling, special ones included. */
  idOf(token: string): number | undefined {
    return this.#decoder.token_to_id(token);
  }

  /** Spellings of the special tokens. */
  get specialTokens(): string[] {
    return [...this.#special].flatMap((id) => this.#decoder.id_to_token(id) ?? []);
  }

  /** What the file's own template puts around a text, as ids. */
  frame(): { before: number[]; after: number[] } {
    const bare = this.#decoder.encode('a', { add_special_tokens: false }).ids;
    const framed = this.#decoder.encode('a', { add_special_tokens: true }).ids;
    const [first] = bare;
    const at = first === undefined ? framed.length : framed.indexOf(first);
    return { before: framed.slice(0, at), after: framed.slice(at + bare.length) };
  }
}

/** The text in pieces of bounded length, at spaces where there are any, where most tokenizers begin anew. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const limit = start + maxPieceCharacters;
    const space = limit < text.length ? text.lastIndexOf(' ', limit) : -1;
    const end = space > start ? space : Math.min(text.length, wholeCharacter(text, limit));
    pieces.push(text.slice(start, end).trim());
    start = end;
  }
  return pieces.filter((piece) => piece !== '');
}

/** Not between the halves of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at;
}
