import type { DecodingSpec, GraphSpec } from '../models/manifest.js';
import { DecodeSlots } from './decode-slots.js';
import type { EncodedRow, EncoderRun } from './encoded-rows.js';
import type { RowDone } from './engine.messages.js';
import { shareOf, type Spent } from './graph.js';
import { answerOf, chargeRow, startRow, type LiveRow } from './live-row.js';
import type { Session } from './session.js';

/** Sentences of similar length that share decoder steps: they join and leave between any two. */
export class DecodeLane {
  readonly #session: Session;
  readonly #decoding: DecodingSpec;
  readonly #slots: DecodeSlots;
  readonly #rows: LiveRow[] = [];

  constructor(
    session: Session,
    graph: GraphSpec,
    options: { decoding: DecodingSpec; cachePadding: ReadonlyMap<string, number>; capacity: number },
  ) {
    this.#session = session;
    this.#decoding = options.decoding;
    this.#slots = new DecodeSlots(graph, options.cachePadding, options.capacity);
  }

  get live(): number {
    return this.#rows.length;
  }

  get free(): number {
    return this.#slots.free;
  }

  get cacheLength(): number {
    return this.#slots.cacheLength;
  }

  /** Takes rows of an encoder run in, as many as are free at most. */
  join(rows: readonly EncodedRow[], run: EncoderRun): void {
    this.#slots.join(rows, run, this.#decoding.startTokenId);
    const { startedAt, length } = run;
    const share = shareOf(run, run.rows);
    for (const { row } of rows) this.#rows.push(startRow(row, this.#decoding, { startedAt, length, share }));
  }

  /** One decoder step for all live rows. @returns the run's time and the rows that ended with it. */
  async step(): Promise<Spent & { done: RowDone[] }> {
    const { outputs, ms, computeMs } = await this.#session.run(this.#slots.feeds());
    const nextIds = outputs.get('next_ids');
    if (!(nextIds instanceof Int32Array)) throw new Error('the decoder gave no next_ids');
    this.#slots.stepped(outputs, nextIds);
    const share = shareOf({ ms, computeMs }, this.#rows.length);
    const done: RowDone[] = [];
    // Downwards: the row that fills a hole has been looked at already.
    for (let i = this.#rows.length - 1; i >= 0; i--) {
      const row = this.#rows[i];
      const token = nextIds[i];
      if (row === undefined || token === undefined) continue;
      chargeRow(row, share);
      const ended = token === this.#decoding.eosTokenId;
      if (!ended) row.tokens.push(token);
      if (!ended && row.tokens.length < row.maxTokens) continue;
      done.push(answerOf(row));
      this.#remove(i);
    }
    return { ms, computeMs, done };
  }

  cancel(ids: ReadonlySet<number>): void {
    for (let i = this.#rows.length - 1; i >= 0; i--) if (ids.has(this.#rows[i]?.id ?? -1)) this.#remove(i);
  }

  /** Empties the lane. @returns the ids that were live. */
  clear(): number[] {
    const ids = this.#rows.map(({ id }) => id);
    this.cancel(new Set(ids));
    return ids;
  }

  #remove(at: number): void {
    this.#slots.leave(at);
    const last = this.#rows.pop();
    if (last !== undefined && at < this.#rows.length) this.#rows[at] = last;
  }
}
