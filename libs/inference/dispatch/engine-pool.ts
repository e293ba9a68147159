import type { Clock } from '#kernel';
import type { Engine } from './engine.js';
import { EngineSlot, type PoolListener, type SlotOptions } from './engine-slot.js';

export interface PoolOptions extends SlotOptions {
  /** Hosts side by side: one per core slot. */
  hosts: number;
}

const watchIntervalMs = 250;
const failedStartStopMs = 1_000;

/** Keeps a number of engine hosts alive. */
export class EnginePool {
  readonly #slots: readonly EngineSlot[];
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ hosts, ...options }: PoolOptions, clock: Clock, listener: PoolListener) {
    this.#slots = Array.from({ length: hosts }, () => new EngineSlot(options, clock, listener));
  }

  /**
   * Starts all hosts.
   * @throws when one of them cannot, as a model that does not load now will not load later; when it is closed meanwhile
   */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#slots.map((slot) => slot.launch()));
      // The last host may have said that it is ready as it was told to end.
      if (this.#closed) throw new Error('stopped');
    } catch (error) {
      await this.close(failedStartStopMs);
      throw error;
    }
    this.#watch = setInterval(() => {
      for (const slot of this.#slots) slot.watch();
    }, watchIntervalMs);
  }

  /** Those that take work now. */
  get serving(): Engine[] {
    return this.#slots.flatMap(({ serving }) => (serving === undefined ? [] : [serving]));
  }

  /** All that hold rows. */
  get engines(): Engine[] {
    return this.#slots.flatMap(({ engines }) => engines);
  }

  /** Ends all hosts, whatever they hold. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    await Promise.all(this.#slots.map((slot) => slot.close(timeoutMs)));
  }
}
