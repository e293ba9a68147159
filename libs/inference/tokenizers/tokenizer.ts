/** Text to the numbers a model knows and back. Adds no special tokens: where they go is the pipeline's business. */
export interface Tokenizer {
  /** Token ids of the text; empty for text that holds nothing the model could read. Linear in the text's length. */
  encode(text: string): Int32Array;
  /** Whether the vocabulary has pieces for all of the text: what it has none for, the model never sees. */
  canRead(text: string): boolean;
  /** Text of ids; special tokens (end of sentence, padding) are left out. */
  decode(ids: ArrayLike<number>): string;
}

/** Tokens with their places in the text, for models that point into it. */
export interface TokensWithOffsets {
  ids: Int32Array;
  /** First UTF-16 code unit of each token in the original text. */
  starts: Int32Array;
  /** The code unit after each token's last. */
  ends: Int32Array;
}

/** A tokenizer whose tokens have a place in the original text. */
export interface OffsetTokenizer extends Tokenizer {
  encodeWithOffsets(text: string): TokensWithOffsets;
}
