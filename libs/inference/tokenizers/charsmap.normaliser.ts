const space = 0x20;
/** U+2581, SentencePiece's visible space, in UTF-8. */
const mark = [0xe2, 0x96, 0x81] as const;
/** ASCII bytes that only ever stand for themselves, and what the others become, are looked up here. */
const asciiSize = 0x80;

/**
 * SentencePiece's text normalisation: a precompiled table of UTF-8 rewrites (NFKC and friends), longest match first,
 * then whitespace collapsed to single marks with one in front and none at the end.
 */
export class CharsmapNormaliser {
  readonly #trie: Uint32Array;
  readonly #texts: Uint8Array;
  /** What an ASCII byte becomes when no combining character follows: -1 nothing, -2 ask the table. */
  readonly #ascii: Int16Array;

  /** @param charsmap `u32 size | double array of u32 | NUL-terminated texts`, little endian. */
  constructor(charsmap: Uint8Array) {
    const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.byteLength);
    const size = view.getUint32(0, true);
    this.#trie = new Uint32Array(size / 4);
    for (let i = 0; i < this.#trie.length; i++) this.#trie[i] = view.getUint32(4 + i * 4, true);
    this.#texts = charsmap.subarray(4 + size);
    this.#ascii = Int16Array.from({ length: asciiSize }, (_, byte) => this.#asciiRule(byte));
  }

  /** @returns UTF-8 with marks for spaces, starting with one; empty when nothing is left. */
  normalise(text: string): Uint8Array {
    const source = Buffer.from(text, 'utf8');
    const out = new Output(source.length);
    for (let at = 0; at < source.length;) {
      const byte = source[at] ?? 0;
      const plain = byte < asciiSize && (source[at + 1] ?? 0) < asciiSize ? (this.#ascii[byte] ?? -2) : -2;
      if (plain === -2) at += this.#rewrite(source, at, out);
      else {
        if (plain >= 0) out.push(plain);
        at++;
      }
    }
    return out.finish();
  }

  /** Writes what the longest rule at `at` says, or the character itself. @returns bytes consumed. */
  #rewrite(source: Uint8Array, at: number, out: Output): number {
    const match = this.#longestMatch(source, at);
    if (match === undefined) {
      const length = characterBytes(source[at] ?? 0);
      for (let i = 0; i < length; i++) out.push(source[at + i] ?? 0);
      return length;
    }
    for (let i = match.text; (this.#texts[i] ?? 0) !== 0; i++) out.push(this.#texts[i] ?? 0);
    return match.length;
  }

  /** Walk of the double array (darts-clone's layout). */
  #longestMatch(source: Uint8Array, at: number): { length: number; text: number } | undefined {
    const trie = this.#trie;
    let node = offsetOf(trie[0] ?? 0);
    let match: { length: number; text: number } | undefined;
    for (let i = at; i < source.length; i++) {
      const byte = source[i] ?? 0;
      node ^= byte;
      const unit = trie[node] ?? 0;
      // The label includes the top bit, which marks a value: a leaf is no child by any byte.
      if ((unit & 0x800000ff) !== byte) break;
      node ^= offsetOf(unit);
      if ((unit & 0x100) !== 0) match = { length: i + 1 - at, text: (trie[node] ?? 0) & 0x7fffffff };
    }
    return match;
  }

  #asciiRule(byte: number): number {
    for (let next = 0; next < asciiSize; next++)
      if ((this.#longestMatch(Uint8Array.of(byte, next), 0)?.length ?? 0) > 1) return -2;
    const match = this.#longestMatch(Uint8Array.of(byte), 0);
    if (match === undefined) return byte;
    const [first = 0, second = 0] = this.#texts.subarray(match.text, match.text + 2);
    if (first === 0) return -1;
    return second === 0 && first < asciiSize ? first : -2;
  }
}

/** Collects normalised bytes; spaces become marks, never two in a row from the source's whitespace. */
class Output {
  #bytes: Uint8Array;
  #length = 0;
  #afterSpace = true;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected * 2 + 16);
    this.#append(mark);
  }

  push(byte: number): void {
    if (byte !== space) {
      this.#append([byte]);
      this.#afterSpace = false;
    } else if (!this.#afterSpace) {
      this.#append(mark);
      this.#afterSpace = true;
    }
  }

  /** Trailing marks go, also those that the source wrote itself, as SentencePiece does. */
  finish(): Uint8Array {
    let end = this.#length;
    while (end > 0 && mark.every((byte, i) => this.#bytes[end - mark.length + i] === byte))
      end -= mark.length;
    return this.#bytes.subarray(0, end);
  }

  #append(bytes: readonly number[]): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

/** Bytes of the UTF-8 character that starts with `first`. */
export function characterBytes(first: number): number {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
