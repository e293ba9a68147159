import type { DecodingSpec } from '../models/manifest.js';
import { CachedDecoder } from './cached-decoder.js';
import { Cohort } from './cohort.js';
import type { LoadedModel, RunSample } from './engine.messages.js';
import { InputBatcher } from './input-batch.js';
import type { Spent } from './graph.js';
import type { DecodeRow } from './live-row.js';
import { reasonOf, type HostRow, type RunOutcome, type Runner, type WarmUpOrder } from './runner.js';
import { Sampler } from './sampler.js';
import { Session } from './session.js';
import type { TensorData } from './tensor-layout.js';
import { aloneMs } from './thread-time.js';
import type { Shape } from './warm-shapes.js';

interface WaitingRow extends DecodeRow {
  readonly inputs: HostRow['inputs'];
}

/**
 * Cohorts that take turns. A step of such a decoder reads all its weights, so it costs a few rows hardly more than one:
 * many small cohorts would be slow for everybody, while with one alone a newcomer would wait for the longest sentence
 * of those before him. While two run, arrivals gather for the next.
 */
const maxCohorts = 2;
/** Rows of a cohort differ in length by at most this factor, as a rule: the encoder pads them to the longest. */
const maxLengthRatio = 2;
const warmLengths = [8, 24];
const warmBatches = [1, 4, 16];

/** Encoder-decoder with a key/value cache: sentences that came together decode together (see Cohort). */
export class CachedDecoderRunner implements Runner {
  readonly #ref: string;
  readonly #encoder: Session;
  readonly #decoder: CachedDecoder;
  readonly #inputs: InputBatcher;
  readonly #decoding: DecodingSpec;
  readonly #maxRows: number;
  readonly #maxTokens: number;
  readonly #waiting: WaitingRow[] = [];
  readonly #cohorts: Cohort[] = [];
  readonly #refused: { id: number; reason: string }[] = [];

  private constructor(model: LoadedModel, encoder: Session, decoder: CachedDecoder) {
    const { graphs, batching, decoding, limits } = model.manifest;
    const graph = graphs['encoder'];
    if (graph === undefined || decoding === undefined) throw new Error(`${model.ref} lacks an encoder`);
    this.#ref = model.ref;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#inputs = new InputBatcher(graph);
    this.#decoding = decoding;
    this.#maxRows = batching.maxBatch;
    this.#maxTokens = limits.maxTokens ?? Infinity;
  }

  static async load(model: LoadedModel, variant: string): Promise<CachedDecoderRunner> {
    const encoder = await Session.open(model, variant, 'encoder');
    return new CachedDecoderRunner(model, encoder, await CachedDecoder.load(model, variant));
  }

  get hasWork(): boolean {
    return this.#refused.length > 0 || this.#waiting.length > 0 || this.#cohorts.length > 0;
  }

  accept(rows: readonly HostRow[]): void {
    for (const row of rows)
      try {
        const length = this.#inputs.lengthOf(row.inputs);
        if (length > this.#maxTokens) throw new Error(`${length} tokens are more than ${this.#maxTokens}`);
        this.#waiting.push({ ...row, length });
      } catch (error) {
        this.#refused.push({ id: row.id, reason: reasonOf(error) });
      }
  }

  cancel(ids: ReadonlySet<number>): void {
    this.#replaceWaiting(this.#waiting.filter(({ id }) => !ids.has(id)));
    for (const cohort of this.#cohorts.splice(0)) {
      cohort.cancel(ids);
      if (cohort.live > 0) this.#cohorts.push(cohort);
    }
  }

  async advance(): Promise<RunOutcome> {
    const failed = this.#refused.splice(0);
    if (failed.length > 0) return { rows: 0, length: 0, ms: 0, done: [], failed };
    const live = this.#cohorts.reduce((sum, cohort) => sum + cohort.live, 0);
    const free = this.#maxRows - live;
    if (this.#waiting.length > 0 && this.#cohorts.length < maxCohorts && free > 0) return this.#begin(free);
    const cohort = this.#cohorts.shift();
    return cohort === undefined ? { rows: 0, length: 0, ms: 0, done: [], failed } : this.#step(cohort);
  }

  /**
   * Smallest first, as nobody knows how slow it is, and all twice: the lower one of two samples counts, which has not
   * allocated. However long others have the core: sentences one by one would not say what a batch costs.
   */
  async warmUp({ timed, endsAt }: WarmUpOrder): Promise<RunSample[]> {
    const sampler = new Sampler(this.#ref, (shape) => this.#sample(shape));
    const shapes = warmShapes(this.#maxRows, this.#maxTokens);
    const samples = await sampler.sample(shapes, endsAt);
    return timed ? [...samples, ...(await sampler.sample(shapes, endsAt))] : [];
  }

  async #begin(free: number): Promise<RunOutcome> {
    const rows = this.#take(free);
    try {
      const { cohort, spent } = await this.#encode(rows);
      this.#cohorts.push(cohort);
      return { rows: rows.length, length: cohort.sourceLength, ms: spent.ms, done: [], failed: [] };
    } catch (error) {
      return failure(
        rows.map(({ id }) => id),
        error,
      );
    }
  }

  async #step(cohort: Cohort): Promise<RunOutcome> {
    const { live: rows, sourceLength: length } = cohort;
    try {
      const { ms, done } = await cohort.step(this.#decoder);
      if (cohort.live > 0) this.#cohorts.push(cohort);
      return { rows, length, ms, done, failed: [] };
    } catch (error) {
      return failure(cohort.ids, error);
    }
  }

  async #encode(rows: readonly WaitingRow[]): Promise<{ cohort: Cohort; spent: Spent }> {
    const startedAt = performance.now();
    const length = Math.max(...rows.map((row) => row.length));
    const feeds = this.#inputs.stack(rows, length);
    const { outputs, ...spent } = await this.#encoder.run(feeds);
    const hidden = outputs.get('last_hidden_state');
    if (hidden === undefined) throw new Error('the encoder gave no last_hidden_state');
    const tensors = new Map<string, TensorData>([
      ['encoder_hidden_states', hidden],
      ['encoder_attention_mask', maskOf(rows, length)],
    ]);
    return { cohort: new Cohort(this.#decoding, rows, { tensors, length, startedAt, ...spent }), spent };
  }

  /** The row that waits longest, and those after it of about its length, in order of arrival. */
  #take(free: number): WaitingRow[] {
    const head = this.#waiting[0]?.length ?? 0;
    const alike = this.#waiting.filter(
      ({ length }) => length <= head * maxLengthRatio && length * maxLengthRatio >= head,
    );
    const taken = new Set(alike.slice(0, free));
    this.#replaceWaiting(this.#waiting.filter((row) => !taken.has(row)));
    return [...taken];
  }

  #replaceWaiting(rows: readonly WaitingRow[]): void {
    this.#waiting.splice(0, this.#waiting.length, ...rows);
  }

  /** Time to translate `rows` sentences into about as many tokens as they have: encoder, first step, one step's time each. */
  async #sample({ rows, length }: Shape): Promise<number> {
    const inputs = this.#inputs.blank(length);
    const batch = Array.from({ length: rows }, (_, id) => ({ inputs, id, arrivedAt: 0, length }));
    const { cohort, spent } = await this.#encode(batch);
    const first = await cohort.step(this.#decoder);
    const next = cohort.live > 0 ? await cohort.step(this.#decoder) : first;
    return aloneMs(spent) + aloneMs(first) + aloneMs(next) * (length - 1);
  }
}

/** Smallest first. What is beyond a bound is met at it: of a single length nobody could tell what a longer one costs. */
function warmShapes(maxRows: number, maxTokens: number): Shape[] {
  const batches = new Set(warmBatches.map((rows) => Math.min(rows, maxRows)));
  const lengths = new Set(warmLengths.map((length) => Math.min(length, maxTokens)));
  return [...batches].flatMap((rows) => [...lengths].map((length) => ({ rows, length })));
}

/** int64 [rows, length]: 1 for real tokens. The decoder wants it under its own name, on every step. */
function maskOf(rows: readonly WaitingRow[], length: number): BigInt64Array {
  const mask = new BigInt64Array(rows.length * length);
  for (const [row, { length: own }] of rows.entries()) mask.fill(1n, row * length, row * length + own);
  return mask;
}

function failure(ids: readonly number[], error: unknown): RunOutcome {
  const failed = ids.map((id) => ({ id, reason: reasonOf(error) }));
  return { rows: ids.length, length: 0, ms: 0, done: [], failed };
}
