import { DecodeLane } from './decode-lane.js';
import { EncodedRows } from './encoded-rows.js';
import type { LoadedModel, RunSample } from './engine.messages.js';
import { InputBatcher } from './input-batch.js';
import type { DecodeRow } from './live-row.js';
import { reasonOf, type HostRow, type RunOutcome, type Runner, type WarmUpOrder } from './runner.js';
import { Sampler } from './sampler.js';
import { Session } from './session.js';
import { layoutOf } from './tensor-layout.js';
import { aloneMs } from './thread-time.js';
import type { Shape } from './warm-shapes.js';

interface WaitingRow extends DecodeRow {
  readonly inputs: HostRow['inputs'];
}

interface Lane {
  readonly maxLength: number;
  readonly decoder: DecodeLane;
  readonly waiting: WaitingRow[];
  readonly encoded: EncodedRows;
  stepsSinceEncoding: number;
}

/**
 * A step pays for the longest of its rows: 32 rows take 1.5 ms at 16 tokens, 2.1 at 128, 3.5 at 256. A second lane pays
 * the 0.55 ms of a step with hardly any rows twice, so it is only for the rare texts beyond this.
 */
const shortTokens = 128;
const longSlots = 8;
/** Bounds an encoder run, during which no decoder step can happen: about 8 ms on one core. */
const maxEncodeTokens = 256;
/** Rows of an encoder run differ in length by at most this share: its cost grows with padding, a step's does not. */
const minLengthRatio = 0.75;
/**
 * Rows of a host that decode at once. From 8 rows on a step costs the same a row, about 0.06 ms, so more slots would
 * only make every step longer; those that wait meanwhile are encoded together, which costs a row a quarter less than alone.
 */
const decodingRows = 16;
/**
 * Rows wait a few steps for company in the encoder, but only while so many decode that the steps are well used, and
 * the next are encoded when the last are nearly taken. Median CPU of a sentence with 32 in the host, in turns: 1.65 ms
 * with 32 slots and an encoder run for every few that left, 1.55 like this. Longer patience and 12 or 20 slots did not
 * differ.
 */
const patience = { busyRows: 8, minRows: 6, maxSteps: 8, spareRows: 1 };
const warmLengths = [8, 24, 48];

/** Continuous batching: every decoder step carries all sentences under way, whenever each of them came. */
export class EncoderDecoderRunner implements Runner {
  readonly #ref: string;
  readonly #encoder: Session;
  readonly #inputs: InputBatcher;
  readonly #slots: number;
  readonly #lanes: readonly Lane[];
  readonly #refused: { id: number; reason: string }[] = [];
  readonly #maxTokens: number;
  #turn = 0;

  private constructor(
    model: LoadedModel,
    sessions: { encoder: Session; step: Session },
    inputs: InputBatcher,
    cachePadding: ReadonlyMap<string, number>,
  ) {
    const { graphs, limits, batching, decoding } = model.manifest;
    const step = graphs['decoderStep'];
    if (step === undefined || decoding === undefined) throw new Error(`${model.ref} lacks a decoder`);
    this.#ref = model.ref;
    this.#encoder = sessions.encoder;
    this.#inputs = inputs;
    this.#slots = Math.min(decodingRows, batching.maxBatch);
    const maxTokens = limits.maxTokens ?? Infinity;
    this.#maxTokens = maxTokens;
    const lane = (maxLength: number, capacity: number): Lane => ({
      maxLength,
      decoder: new DecodeLane(sessions.step, step, { decoding, cachePadding, capacity }),
      waiting: [],
      encoded: new EncodedRows(),
      stepsSinceEncoding: 0,
    });
    this.#lanes =
      maxTokens > shortTokens
        ? [lane(shortTokens, this.#slots), lane(maxTokens, Math.min(longSlots, this.#slots))]
        : [lane(maxTokens, this.#slots)];
  }

  static async load(model: LoadedModel, variant: string): Promise<EncoderDecoderRunner> {
    const graph = model.manifest.graphs['encoder'];
    if (graph === undefined) throw new Error(`${model.ref} has no encoder graph`);
    const encoder = await Session.open(model, variant, 'encoder');
    const step = await Session.open(model, variant, 'decoderStep');
    const inputs = new InputBatcher(graph);
    // What the encoder writes past a sentence's end is what caches must hold there: seen on one token padded to two.
    const { outputs } = await encoder.run(inputs.stack([{ inputs: inputs.blank(1), length: 1 }], 2));
    const cachePadding = new Map<string, number>();
    for (const { name, outer, inner } of graph.outputs.map(layoutOf))
      cachePadding.set(name, outer * inner === 1 ? Number(outputs.get(name)?.[1] ?? 0) : 0);
    return new EncoderDecoderRunner(model, { encoder, step }, inputs, cachePadding);
  }

  get hasWork(): boolean {
    return this.#refused.length > 0 || this.#lanes.some(hasWork);
  }

  accept(rows: readonly HostRow[]): void {
    for (const row of rows)
      try {
        const length = this.#inputs.lengthOf(row.inputs);
        const lane = this.#lanes.find(({ maxLength }) => length <= maxLength);
        if (lane === undefined) throw new Error(`${length} tokens are more than ${this.#maxTokens}`);
        lane.waiting.push({ ...row, length });
      } catch (error) {
        this.#refused.push({ id: row.id, reason: reasonOf(error) });
      }
  }

  cancel(ids: ReadonlySet<number>): void {
    for (const { waiting, encoded, decoder } of this.#lanes) {
      for (let i = waiting.length - 1; i >= 0; i--) if (ids.has(waiting[i]?.id ?? -1)) waiting.splice(i, 1);
      encoded.cancel(ids);
      decoder.cancel(ids);
    }
  }

  async advance(): Promise<RunOutcome> {
    const failed = this.#refused.splice(0);
    const lane = this.#nextLane();
    if (failed.length > 0 || lane === undefined) return { rows: 0, length: 0, ms: 0, done: [], failed };
    fill(lane);
    return shouldEncode(lane) ? this.#encode(lane) : this.#step(lane);
  }

  /** All of it, however long others have the core: sentences one by one would not say what a batch costs. */
  async warmUp({ timed, endsAt }: WarmUpOrder): Promise<RunSample[]> {
    const [lane] = this.#lanes;
    if (lane === undefined) return [];
    const sampler = new Sampler(this.#ref, (shape) => this.#sample(lane, shape));
    // The largest allocates for all, so it is no sample of what later ones cost.
    await sampler.sample([{ rows: this.#slots, length: Math.max(...warmLengths) }], endsAt);
    // Time grows evenly with rows (the manifests' curves show it), so the two ends say it all.
    const ends = [...new Set([1, this.#slots])];
    const shapes = ends.flatMap((rows) => warmLengths.map((length) => ({ rows, length })));
    return timed ? sampler.sample(shapes, endsAt) : [];
  }

  /** Lanes with work take turns. */
  #nextLane(): Lane | undefined {
    for (let i = 0; i < this.#lanes.length; i++) {
      this.#turn = (this.#turn + 1) % this.#lanes.length;
      const lane = this.#lanes[this.#turn];
      if (lane !== undefined && hasWork(lane)) return lane;
    }
    return undefined;
  }

  async #encode(lane: Lane): Promise<RunOutcome> {
    const rows = takeSimilar(lane.waiting, this.#slots);
    const length = Math.max(...rows.map((row) => row.length));
    const startedAt = performance.now();
    lane.stepsSinceEncoding = 0;
    try {
      const { ms, ...run } = await this.#encoder.run(this.#inputs.stack(rows, length));
      lane.encoded.add(rows, { ...run, ms, rows: rows.length, length, startedAt });
      return { rows: rows.length, length, ms, done: [], failed: [] };
    } catch (error) {
      const failed = rows.map(({ id }) => ({ id, reason: reasonOf(error) }));
      return { rows: rows.length, length, ms: 0, done: [], failed };
    }
  }

  async #step(lane: Lane): Promise<RunOutcome> {
    const { live: rows, cacheLength: length } = lane.decoder;
    lane.stepsSinceEncoding++;
    try {
      const { ms, done } = await lane.decoder.step();
      return { rows, length, ms, done, failed: [] };
    } catch (error) {
      const failed = lane.decoder.clear().map((id) => ({ id, reason: reasonOf(error) }));
      return { rows, length, ms: 0, done: [], failed };
    }
  }

  /**
   * Time to translate `rows` sentences into about as many tokens as they have: encoder runs, of which one is timed for all,
   * then one step's time each.
   */
  async #sample({ decoder }: Lane, { rows, length }: Shape): Promise<number> {
    const row = { inputs: this.#inputs.blank(length), id: 0, arrivedAt: 0, length };
    const group = Math.min(rows, Math.max(1, Math.floor(maxEncodeTokens / length)));
    const batch = Array.from({ length: group }, () => row);
    const encoded = await this.#encoder.run(this.#inputs.stack(batch, length));
    const run = { ...encoded, rows: group, length, startedAt: 0 };
    decoder.join(
      Array.from({ length: rows }, (_, at) => ({ row, at: at % group })),
      run,
    );
    const step = await decoder.step();
    decoder.clear();
    return (aloneMs(encoded) * rows) / group + aloneMs(step) * length;
  }
}

function hasWork({ waiting, encoded, decoder }: Lane): boolean {
  return waiting.length > 0 || encoded.size > 0 || decoder.live > 0;
}

/** Gives free slots to those that are encoded. */
function fill({ encoded, decoder }: Lane): void {
  for (let next = encoded.take(decoder.free); next !== undefined; next = encoded.take(decoder.free))
    decoder.join(next.rows, next.run);
}

function shouldEncode({ waiting, encoded, decoder, stepsSinceEncoding }: Lane): boolean {
  if (waiting.length === 0 || encoded.size > patience.spareRows) return false;
  return (
    decoder.live + encoded.size < patience.busyRows ||
    waiting.length >= patience.minRows ||
    (decoder.free > 0 && stepsSinceEncoding >= patience.maxSteps)
  );
}

/** Takes the row that waits longest out of the list, and those nearest to it in length that fit one encoder run. */
function takeSimilar(waiting: WaitingRow[], most: number): WaitingRow[] {
  const head = waiting[0]?.length ?? 0;
  const distance = ({ length }: WaitingRow) => Math.abs(length - head);
  const taken: WaitingRow[] = [];
  let shortest = Infinity;
  let longest = 0;
  for (const row of waiting.toSorted((a, b) => distance(a) - distance(b))) {
    const low = Math.min(shortest, row.length);
    const high = Math.max(longest, row.length);
    const tooMany = taken.length >= most || (taken.length + 1) * high > maxEncodeTokens;
    if (taken.length > 0 && (tooMany || low < high * minLengthRatio)) break;
    [shortest, longest] = [low, high];
    taken.push(row);
  }
  const chosen = new Set(taken);
  const rest = waiting.filter((row) => !chosen.has(row));
  waiting.splice(0, waiting.length, ...rest);
  return taken;
}
