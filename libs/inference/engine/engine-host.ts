import type { SpanReference } from '#kernel';
import type { HostCommand, LoadedModel, RunReport, RunSample, WarmUp } from './engine.messages.js';
import type { RunOutcome, Runner } from './runner.js';
import { ServiceOrder } from './service-order.js';

/**
 * Time all models together may take to find out better what their runs cost, in milliseconds, where nobody knows it. Each has
 * its share from its own turn on: others may have had the core until then.
 */
const warmUpBudgetMs = 2_500;
/** The part of its time to get ready after which a host runs nothing more: the last run may take longer than was foreseen. */
const warmUpShare = 0.5;
/** Decoder steps that ended no row are reported together, at the latest after this: proof of life, not data. */
const maxSilenceMs = 100;

/** What a run of the host's did; whoever sends it adds what the process holds. */
export type HostReport = Omit<RunReport, 'type' | 'rssBytes'>;

/** What is to be run before it is ready, and since when, by `performance.now()`, others wait for that and how long. */
export interface StartOrder {
  warmUp: WarmUp;
  startedAt: number;
  timeoutMs: number;
}

/** Who hears what a host has done. */
export interface HostListener {
  onReport(report: HostReport): void;
  /** Cancelled rows are in no run any more, nor will be. */
  onDropped(ids: number[]): void;
}

/** Reports of one model not yet sent. */
interface Pending {
  outcome: RunOutcome;
  since: number;
}

/**
 * Holds the runners of all models of one device and does one run at a time. Between runs the event loop turns, so
 * rows that arrived meanwhile join the next decoder step or encoder run.
 */
export class EngineHost {
  readonly #listener: HostListener;
  readonly #runners = new Map<string, Runner>();
  readonly #order = new ServiceOrder<string>();
  readonly #cancelled = new Set<number>();
  readonly #pending = new Map<string, Pending>();
  #running = false;

  constructor(listener: HostListener) {
    this.#listener = listener;
  }

  async start(
    models: readonly LoadedModel[],
    load: (model: LoadedModel) => Promise<Runner>,
    { warmUp, startedAt, timeoutMs }: StartOrder,
  ): Promise<RunSample[]> {
    for (const model of models) this.#runners.set(model.ref, await load(model));
    if (warmUp === 'none') return [];
    const samples: RunSample[] = [];
    const budgetMs = warmUpBudgetMs / this.#runners.size;
    const endsAt = startedAt + timeoutMs * warmUpShare;
    for (const runner of this.#runners.values())
      samples.push(...(await runner.warmUp({ timed: warmUp === 'timed', budgetMs, endsAt })));
    return samples;
  }

  run({ ref, rows, length }: Extract<HostCommand, { type: 'run' }>, trace?: SpanReference): void {
    const runner = this.#runners.get(ref);
    if (runner === undefined) throw new Error(`this host does not hold ${ref}`);
    const arrivedAt = performance.now();
    runner.accept(
      rows.map((row) => ({ ...row, arrivedAt })),
      length,
      trace,
    );
    if (!this.#running) void this.#work();
  }

  /** Takes effect before the next run: the one under way reads its rows in place. */
  cancel(ids: readonly number[]): void {
    for (const id of ids) this.#cancelled.add(id);
    if (!this.#running) this.#dropCancelled();
  }

  async #work(): Promise<void> {
    this.#running = true;
    for (let ref = this.#next(); ref !== undefined; ref = this.#next()) {
      const outcome = await this.#runners.get(ref)?.advance();
      if (outcome === undefined) break;
      this.#order.charge(ref, outcome.ms);
      this.#report(ref, outcome);
    }
    this.#running = false;
  }

  #next(): string | undefined {
    this.#dropCancelled();
    return this.#order.next([...this.#runners].filter(([, { hasWork }]) => hasWork).map(([ref]) => ref));
  }

  #dropCancelled(): void {
    if (this.#cancelled.size === 0) return;
    for (const runner of this.#runners.values()) runner.cancel(this.#cancelled);
    this.#listener.onDropped([...this.#cancelled]);
    this.#cancelled.clear();
  }

  /** Sends what ended rows at once; the rest waits for it, as a message costs as much as a tenth of a decoder step. */
  #report(ref: string, outcome: RunOutcome): void {
    const now = performance.now();
    const earlier = this.#pending.get(ref);
    const merged = earlier === undefined ? outcome : { ...outcome, ms: outcome.ms + earlier.outcome.ms };
    const since = earlier?.since ?? now;
    const silent = outcome.done.length === 0 && outcome.failed.length === 0;
    if (silent && this.#runners.get(ref)?.hasWork === true && now - since < maxSilenceMs) {
      this.#pending.set(ref, { outcome: merged, since });
      return;
    }
    this.#pending.delete(ref);
    this.#listener.onReport({ ref, ...merged });
  }
}
