import type { Clock } from '#kernel';
import type { RunReport, RunSample } from '../engine/engine.messages.js';
import { reasonOf } from '../engine/runner.js';
import { CopyCrashError } from '../prepacked/set-aside.js';
import type { EngineLink, EngineListener } from './engine-link.js';
import { Engine, type PendingWork } from './engine.js';
import type { HostLoss } from './inference.observer.js';
import type { Hang } from './silence.js';

export interface SlotOptions {
  open(listener: EngineListener): EngineLink;
  /** Resident memory beyond which a host is replaced: onnxruntime's arena keeps the largest shape ever seen. */
  maxRssBytes: number;
}

/** Who hears what becomes of the hosts. */
export interface PoolListener {
  /** An engine can take work. */
  onReady(engine: Engine, samples: RunSample[], startMs: number): void;
  onReport(engine: Engine, report: RunReport): void;
  /** An engine is done with rows that were cancelled. */
  onDropped(): void;
  /** A host is gone; `rows` were in flight. */
  onLost(engine: Engine, rows: PendingWork[], loss: HostLoss): void;
  /** An engine did not get ready; another attempt follows. */
  onNotStarted(reason: string): void;
  /** Weights are not shared that were to be, and what becomes of that. */
  onCopyLost(problem: string): void;
  /** A host that had grown too large has a successor. */
  onReplaced(): void;
}

const backOff = { firstMs: 100, maxMs: 5_000 };
/** A host that lived this long was healthy: its successor starts at once, and it may be replaced for its size. */
const healthyAfterMs = 30_000;
const stopTimeoutMs = 2_000;
/** A host may grow by this beyond its size when warm: models larger than the limit would be reloaded for ever. */
const warmGrowth = 1.5;

/** One place for a host, kept occupied through crashes and replacements. */
export class EngineSlot {
  readonly #options: SlotOptions;
  readonly #clock: Clock;
  readonly #listener: PoolListener;
  /** Every engine not yet gone: starting, serving, draining. */
  readonly #links = new Set<EngineLink>();
  readonly #engines = new Map<EngineLink, Engine>();
  readonly #hung = new WeakMap<EngineLink, Hang>();
  #serving: Engine | undefined;
  #servingSince = 0;
  #maxRssBytes: number;
  #failures = 0;
  #replacing = false;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SlotOptions, clock: Clock, listener: PoolListener) {
    this.#options = options;
    this.#clock = clock;
    this.#maxRssBytes = options.maxRssBytes;
    this.#listener = listener;
  }

  /** The engine that takes work. */
  get serving(): Engine | undefined {
    return this.#serving;
  }

  /** Those that hold rows, the one that is being replaced included. */
  get engines(): Engine[] {
    return [...this.#engines.values()];
  }

  /** Starts a host and lets it serve, in place of the one before. @throws when it does not get ready. */
  async launch(): Promise<void> {
    const launchedAt = this.#clock.now();
    const link: EngineLink = this.#options.open({
      onReport: (report) => this.#onReport(link, report),
      onDropped: (ids) => this.#onDropped(link, ids),
      onCopyLost: (problem) => this.#listener.onCopyLost(problem),
      onExit: (reason) => this.#onExit(link, reason),
    });
    this.#links.add(link);
    const samples = await link.ready.catch((error: unknown) => {
      if (!(error instanceof CopyCrashError) || this.#closed) throw error;
      this.#listener.onNotStarted(error.message);
    });
    // The next one opens no copies, so this happens once.
    if (samples === undefined) return this.launch();
    const engine = new Engine(link);
    this.#engines.set(link, engine);
    if (this.#serving !== undefined) this.#serving.draining = true;
    this.#serving = engine;
    this.#servingSince = this.#clock.now();
    // Of all so far: one that was not warmed up is still small.
    this.#maxRssBytes = Math.max(this.#maxRssBytes, link.rssBytes * warmGrowth);
    this.#retireDrained();
    this.#listener.onReady(engine, samples, this.#servingSince - launchedAt);
  }

  /** To be called now and then: kills hung hosts, ends drained ones. */
  watch(): void {
    const now = this.#clock.now();
    for (const engine of this.#engines.values()) {
      const hang = engine.watch(now);
      if (hang !== undefined) this.#killHung(engine.link, hang);
    }
    this.#retireDrained();
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    await Promise.all([...this.#links].map((link) => link.stop(timeoutMs)));
  }

  #killHung(link: EngineLink, hang: Hang): void {
    this.#hung.set(link, hang);
    link.kill('a run took far longer than predicted');
  }

  #onReport(link: EngineLink, report: RunReport): void {
    const engine = this.#engines.get(link);
    if (engine === undefined) return;
    engine.alive();
    this.#listener.onReport(engine, report);
    if (engine.draining) this.#retireDrained();
    else if (report.rssBytes > this.#maxRssBytes) this.#replace();
  }

  #onDropped(link: EngineLink, ids: readonly number[]): void {
    this.#engines.get(link)?.dropped(ids);
    this.#listener.onDropped();
  }

  /** New host first, then the old one's end: capacity never drops. */
  #replace(): void {
    if (this.#replacing || this.#closed || this.#clock.now() - this.#servingSince < healthyAfterMs) return;
    this.#replacing = true;
    this.launch()
      .then(() => this.#listener.onReplaced())
      .catch(() => undefined)
      .finally(() => {
        this.#replacing = false;
      });
  }

  #onExit(link: EngineLink, reason: string): void {
    this.#links.delete(link);
    const engine = this.#engines.get(link);
    this.#engines.delete(link);
    if (engine === undefined || this.#closed) return;
    const rows = engine.empty();
    if (this.#serving === engine) {
      this.#serving = undefined;
      if (this.#clock.now() - this.#servingSince > healthyAfterMs) this.#failures = 0;
      this.#launchLater();
    }
    const ended = link.server === undefined ? 'crash' : 'away';
    const hang = this.#hung.get(link);
    const loss = { kind: hang === undefined ? ended : 'hung', byRun: hang === 'own', reason } as const;
    if (!engine.draining || rows.length > 0) this.#listener.onLost(engine, rows, loss);
  }

  #launchLater(): void {
    const delayMs = this.#failures === 0 ? 0 : Math.min(backOff.maxMs, backOff.firstMs * 2 ** this.#failures);
    this.#failures++;
    this.#restart = setTimeout(() => {
      this.launch().catch((error: unknown) => {
        if (this.#closed) return;
        this.#listener.onNotStarted(reasonOf(error));
        this.#launchLater();
      });
    }, delayMs);
  }

  #retireDrained(): void {
    for (const engine of this.#engines.values())
      if (engine.draining && engine.rows === 0) void engine.link.stop(stopTimeoutMs);
  }
}
