import { AppError, systemClock, type TracedWork } from '#kernel';
import { InferenceService, type ServiceParts } from '../dispatch/inference-service.js';
import type { InferenceObserver } from '../dispatch/inference.observer.js';
import type { InferenceOptions } from '../dispatch/inference.options.js';
import type { InferenceResult, RowInputs } from '../inference.types.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { ModelRepository } from '../models/model-repository.js';

export interface AskOptions {
  tenantId?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
  trace?: TracedWork;
}

/** A service on real models and real engine hosts, as the specs of this room use it. */
export class InferenceHarness {
  readonly service: InferenceService;
  readonly #models: ModelRepository;

  private constructor(models: ModelRepository, options: Partial<InferenceOptions>, parts: ServiceParts) {
    this.#models = models;
    this.service = new InferenceService(
      models,
      {
        hosts: 1,
        variant: 'cpu',
        // Batches end by their rows: on a busy machine a few would fill the time that the product allows.
        maxDispatchMs: 1_000,
        maxBacklogMs: 600_000,
        maxRssBytes: 4e9,
        startTimeoutMs: 60_000,
        ...options,
      },
      parts,
    );
  }

  /** @param directory of the model pack (`modelsDirectory` of `#testing`). */
  static async start(
    directory: string,
    names: readonly string[],
    options: Partial<InferenceOptions> = {},
    observer: InferenceObserver = {},
    parts: Omit<ServiceParts, 'observer'> = {},
  ): Promise<InferenceHarness> {
    const models = await ModelRepository.open(directory, { only: names });
    const harness = new InferenceHarness(models, options, { observer, ...parts });
    await harness.service.start();
    return harness;
  }

  model(name: string): ModelHandle {
    const model = this.#models.get(name);
    if (model === undefined) throw new Error(`the harness was not started with ${name}`);
    return model;
  }

  ask(
    model: string,
    inputs: RowInputs,
    { timeoutMs = 60_000, tenantId = 'ten_test', signal, trace }: AskOptions = {},
  ): Promise<InferenceResult> {
    return this.service.infer({
      model: this.model(model),
      inputs,
      tenantId,
      weight: 1,
      deadlineAt: systemClock.now() + timeoutMs,
      signal: signal ?? new AbortController().signal,
      trace,
    });
  }

  /** Ids of `length` tokens that no other seed gives, ending in `last`. */
  static ids(seed: number, length: number, last: number): Int32Array {
    return Int32Array.from({ length }, (_, i) =>
      i === length - 1 ? last : 1_000 + ((seed * 7_919 + i * 104_729) % 20_000),
    );
  }

  /** Process ids of the hosts that hold or take rows. */
  get pids(): number[] {
    return this.service.stats().hosts.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  get inFlight(): number {
    return this.service.stats().hosts.reduce((sum, { rows }) => sum + rows, 0);
  }

  inFlightOf(model: string): number {
    const { ref } = this.model(model);
    return this.service.stats().models.find((stats) => stats.model === ref)?.inFlight ?? 0;
  }

  /** Turns the event loop until the condition holds; fails after 30 seconds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const endsAt = performance.now() + 30_000;
    while (!condition()) {
      if (performance.now() > endsAt) throw new Error(`never happened: ${what}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(timeoutMs = 10_000): Promise<void> {
    return this.service.close(systemClock.now() + timeoutMs);
  }
}

/** The catalogue code a promise fails with; 'answered' if it does not. */
export function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}
