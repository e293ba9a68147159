import type { TensorData } from './tensor-layout.js';

/** What a cohort carries from step to step; row `i` of every tensor is sentence `i`. */
export class DecoderState {
  /** Tokens that the sources are padded to. */
  readonly length: number;
  #past = 0;
  #previous: BigInt64Array;
  readonly #tensors: Map<string, TensorData>;

  /** @param tensors by the decoder's input name, all of `rows` rows. */
  constructor(
    tensors: ReadonlyMap<string, TensorData>,
    { rows, length, startTokenId }: { rows: number; length: number; startTokenId: number },
  ) {
    this.length = length;
    this.#tensors = new Map(tensors);
    this.#previous = new BigInt64Array(rows).fill(BigInt(startTokenId));
  }

  get rows(): number {
    return this.#previous.length;
  }

  /** Tokens decoded so far: the length of every row's cache. */
  get past(): number {
    return this.#past;
  }

  /** The token each row was given last. */
  get previous(): BigInt64Array {
    return this.#previous;
  }

  tensor(name: string): TensorData {
    const data = this.#tensors.get(name);
    if (data === undefined) throw new Error(`nothing gives the decoder its ${name}`);
    return data;
  }

  advance(caches: ReadonlyMap<string, TensorData>): void {
    for (const [name, data] of caches) this.#tensors.set(name, data);
    this.#past++;
  }

  choose(row: number, token: number): void {
    this.#previous[row] = BigInt(token);
  }

  /** Forgets all rows but these, in place: `kept` ascends, so no row is overwritten before it has moved. */
  keep(kept: readonly number[]): void {
    const { rows } = this;
    for (const [name, data] of this.#tensors) this.#tensors.set(name, compact(data, rows, kept));
    this.#previous = compact(this.#previous, rows, kept);
  }
}

function compact<T extends TensorData>(data: T, rows: number, kept: readonly number[]): T {
  const size = data.length / rows;
  for (const [to, from] of kept.entries())
    if (to !== from) data.copyWithin(to * size, from * size, (from + 1) * size);
  return data.subarray(0, kept.length * size) as T;
}
