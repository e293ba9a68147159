import { DecodeLane } from './decode-lane.js';
import type { LoadedModel, RunSample } from './engine.messages.js';
import { InputBatcher } from './input-batch.js';
import type { DecodeRow } from './live-row.js';
import { reasonOf, type HostRow, type RunOutcome, type Runner } from './runner.js';
import { Session } from './session.js';
import { layoutOf } from './tensor-layout.js';

interface WaitingRow extends DecodeRow {
  readonly inputs: HostRow['inputs'];
}

interface Lane {
  readonly maxLength: number;
  readonly decoder: DecodeLane;
  readonly waiting: WaitingRow[];
  stepsSinceJoin: number;
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
 * Rows wait a few steps for company, as an encoder run alone costs a fifth more a row, but only while so many decode
 * that the steps are well used. Measured over 800 sentences, 32 slots: joining at once 3.4 CPU-ms a sentence, two
 * together 3.3, four 3.05; a step is 2 ms, so nobody waits longer than 16.
 */
const patience = { busyRows: 8, minRows: 4, maxSteps: 8 };
const warmLengths = [8, 24, 48];
const warmBatches = [1, 8, 32];

/** Continuous batching: every decoder step carries all sentences under way, whenever each of them came. */
export class EncoderDecoderRunner implements Runner {
  readonly #ref: string;
  readonly #encoder: Session;
  readonly #inputs: InputBatcher;
  readonly #maxRows: number;
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
    this.#maxRows = batching.maxBatch;
    const maxTokens = limits.maxTokens ?? Infinity;
    this.#maxTokens = maxTokens;
    const lane = (maxLength: number, capacity: number): Lane => ({
      maxLength,
      decoder: new DecodeLane(sessions.step, step, { decoding, cachePadding, capacity }),
      waiting: [],
      stepsSinceJoin: 0,
    });
    this.#lanes =
      maxTokens > shortTokens
        ? [lane(shortTokens, batching.maxBatch), lane(maxTokens, Math.min(longSlots, batching.maxBatch))]
        : [lane(maxTokens, batching.maxBatch)];
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
    for (const { waiting, decoder } of this.#lanes) {
      for (let i = waiting.length - 1; i >= 0; i--) if (ids.has(waiting[i]?.id ?? -1)) waiting.splice(i, 1);
      decoder.cancel(ids);
    }
  }

  async advance(): Promise<RunOutcome> {
    const failed = this.#refused.splice(0);
    const lane = this.#nextLane();
    if (failed.length > 0 || lane === undefined) return { rows: 0, length: 0, ms: 0, done: [], failed };
    return this.#shouldJoin(lane) ? this.#join(lane) : this.#step(lane);
  }

  async warmUp(untilMs: number): Promise<RunSample[]> {
    const samples: RunSample[] = [];
    const [lane] = this.#lanes;
    if (lane === undefined) return samples;
    for (const rows of warmBatches.filter((count) => count <= this.#maxRows))
      for (const length of warmLengths) {
        if (performance.now() > untilMs) return samples;
        samples.push({ ref: this.#ref, rows, length, ms: await this.#sample(lane, rows, length) });
      }
    return samples;
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

  #shouldJoin({ waiting, decoder, stepsSinceJoin }: Lane): boolean {
    if (waiting.length === 0 || decoder.free === 0) return false;
    return (
      decoder.live < patience.busyRows ||
      waiting.length >= patience.minRows ||
      stepsSinceJoin >= patience.maxSteps
    );
  }

  async #join(lane: Lane): Promise<RunOutcome> {
    const rows = takeSimilar(lane.waiting, lane.decoder.free);
    const length = Math.max(...rows.map((row) => row.length));
    const startedAt = performance.now();
    lane.stepsSinceJoin = 0;
    try {
      const { outputs, ms } = await this.#encoder.run(this.#inputs.stack(rows, length));
      lane.decoder.join(rows, { outputs, length, ms, startedAt });
      return { rows: rows.length, length, ms, done: [], failed: [] };
    } catch (error) {
      const failed = rows.map(({ id }) => ({ id, reason: reasonOf(error) }));
      return { rows: rows.length, length, ms: 0, done: [], failed };
    }
  }

  async #step(lane: Lane): Promise<RunOutcome> {
    const { live: rows, cacheLength: length } = lane.decoder;
    lane.stepsSinceJoin++;
    try {
      const { ms, done } = await lane.decoder.step();
      return { rows, length, ms, done, failed: [] };
    } catch (error) {
      const failed = lane.decoder.clear().map((id) => ({ id, reason: reasonOf(error) }));
      return { rows, length, ms: 0, done: [], failed };
    }
  }

  /** Time to translate `rows` sentences into about as many tokens as they have: encoder runs, then one step's time each. */
  async #sample({ decoder }: Lane, rows: number, length: number): Promise<number> {
    const row = { inputs: this.#inputs.blank(length), id: 0, arrivedAt: 0, length };
    const group = Math.max(1, Math.floor(maxEncodeTokens / length));
    let totalMs = 0;
    for (let taken = 0; taken < rows; taken += group) {
      const batch = Array.from({ length: Math.min(group, rows - taken) }, () => row);
      const { outputs, ms } = await this.#encoder.run(this.#inputs.stack(batch, length));
      decoder.join(batch, { outputs, length, ms, startedAt: 0 });
      totalMs += ms;
    }
    const { ms } = await decoder.step();
    decoder.clear();
    return totalMs + ms * length;
  }
}

function hasWork({ waiting, decoder }: Lane): boolean {
  return waiting.length > 0 || decoder.live > 0;
}

/** Takes the row that waits longest out of the list, and those nearest to it in length that fit one encoder run. */
function takeSimilar(waiting: WaitingRow[], free: number): WaitingRow[] {
  const head = waiting[0]?.length ?? 0;
  const distance = ({ length }: WaitingRow) => Math.abs(length - head);
  const taken: WaitingRow[] = [];
  let shortest = Infinity;
  let longest = 0;
  for (const row of waiting.toSorted((a, b) => distance(a) - distance(b))) {
    const low = Math.min(shortest, row.length);
    const high = Math.max(longest, row.length);
    const tooMany = taken.length >= free || (taken.length + 1) * high > maxEncodeTokens;
    if (taken.length > 0 && (tooMany || low < high * minLengthRatio)) break;
    [shortest, longest] = [low, high];
    taken.push(row);
  }
  const chosen = new Set(taken);
  const rest = waiting.filter((row) => !chosen.has(row));
  waiting.splice(0, waiting.length, ...rest);
  return taken;
}
