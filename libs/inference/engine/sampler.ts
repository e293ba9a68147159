import type { RunSample } from './engine.messages.js';
import type { Shape } from './warm-shapes.js';

/**
 * Runs of one model before it serves, and what they took. None begins that would end too late, going by the one before and
 * by tokens: a run cannot be given up once it is under way, and a start that fails is worse than a first answer that is slow.
 */
export class Sampler {
  readonly #ref: string;
  readonly #run: (shape: Shape) => Promise<number>;
  #msPerToken = 0;

  /** @param run answers the milliseconds that it would have taken with the core to itself */
  constructor(ref: string, run: (shape: Shape) => Promise<number>) {
    this.#ref = ref;
    this.#run = run;
  }

  /** Runs each shape in turn, but for those without time. @param endsAt by `performance.now()` */
  async sample(shapes: readonly Shape[], endsAt: number): Promise<RunSample[]> {
    const samples: RunSample[] = [];
    for (const shape of shapes) {
      const tokens = shape.rows * shape.length;
      const startedAt = performance.now();
      if (startedAt + this.#msPerToken * tokens >= endsAt) continue;
      samples.push({ ref: this.#ref, ...shape, ms: await this.#run(shape) });
      this.#msPerToken = (performance.now() - startedAt) / tokens;
    }
    return samples;
  }
}
