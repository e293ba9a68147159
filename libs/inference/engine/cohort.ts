import type { DecodingSpec } from '../models/manifest.js';
import type { CachedDecoder } from './cached-decoder.js';
import { DecoderState } from './decoder-state.js';
import type { RowDone } from './engine.messages.js';
import { shareOf, type Spent } from './graph.js';
import { answerOf, chargeRow, startRow, type DecodeRow, type LiveRow } from './live-row.js';
import type { TensorData } from './tensor-layout.js';

/** The encoder run whose rows become a cohort. */
export interface Encoded extends Spent {
  /** By the decoder's input name. */
  tensors: ReadonlyMap<string, TensorData>;
  /** Tokens that the sources are padded to. */
  length: number;
  startedAt: number;
}

/**
 * Sentences that began together and decode together, to the end: such a graph knows one cache length for all rows, so
 * whoever comes later is in a later cohort. Rows that have ended leave at once, so no step pays for them.
 */
export class Cohort {
  readonly #decoding: DecodingSpec;
  readonly #state: DecoderState;
  #rows: LiveRow[];

  constructor(
    decoding: DecodingSpec,
    rows: readonly DecodeRow[],
    { tensors, length, startedAt, ...spent }: Encoded,
  ) {
    const { startTokenId } = decoding;
    const share = shareOf(spent, rows.length);
    this.#decoding = decoding;
    this.#state = new DecoderState(tensors, { rows: rows.length, length, startTokenId });
    this.#rows = rows.map((row) => startRow(row, decoding, { startedAt, length, share }));
  }

  get live(): number {
    return this.#rows.length;
  }

  get sourceLength(): number {
    return this.#state.length;
  }

  get ids(): number[] {
    return this.#rows.map(({ id }) => id);
  }

  /** One token more for every row. @returns the run's time and the rows that ended with it. */
  async step(decoder: CachedDecoder): Promise<Spent & { done: RowDone[] }> {
    const isFirst = this.#state.past === 0;
    const { logits, ms, computeMs } = await decoder.step(this.#state);
    const share = shareOf({ ms, computeMs }, this.live);
    const vocabulary = logits.length / this.live;
    const ended = new Set<LiveRow>();
    for (const [index, row] of this.#rows.entries()) {
      chargeRow(row, share);
      const own = logits.subarray(index * vocabulary, (index + 1) * vocabulary);
      const token = this.#chooseToken(own, isFirst);
      this.#state.choose(index, token);
      if (this.#ends(row, token, isFirst)) ended.add(row);
    }
    this.#keep((row) => !ended.has(row));
    return { ms, computeMs, done: [...ended].map(answerOf) };
  }

  cancel(ids: ReadonlySet<number>): void {
    this.#keep(({ id }) => !ids.has(id));
  }

  #chooseToken(logits: Float32Array, isFirst: boolean): number {
    const { forcedBosTokenId, suppressedTokenIds = [] } = this.#decoding;
    if (isFirst && forcedBosTokenId !== undefined) return forcedBosTokenId;
    for (const id of suppressedTokenIds) logits[id] = -Infinity;
    return indexOfHighest(logits);
  }

  /** Notes the row's token; a forced one names the language and is no part of the answer. */
  #ends(row: LiveRow, token: number, isFirst: boolean): boolean {
    const { eosTokenId, forcedBosTokenId } = this.#decoding;
    if (isFirst && forcedBosTokenId !== undefined) return false;
    if (token === eosTokenId) return true;
    return row.tokens.push(token) >= row.maxTokens;
  }

  #keep(wanted: (row: LiveRow) => boolean): void {
    const kept = [...this.#rows.keys()].filter((index) => {
      const row = this.#rows[index];
      return row !== undefined && wanted(row);
    });
    if (kept.length === this.live) return;
    this.#state.keep(kept);
    this.#rows = this.#rows.filter(wanted);
  }
}

/** The first of the highest. */
function indexOfHighest(values: Float32Array): number {
  let best = 0;
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? -Infinity;
    if (value > highest) {
      highest = value;
      best = i;
    }
  }
  return best;
}
