import { AppError } from '#kernel';
import type { InferenceRequest, InferenceResult } from '../inference.types.js';
import type { InferenceService } from './inference-service.js';
import type { InferenceStats } from './inference.options.js';

/**
 * Services side by side, each with models and engines of its own: the hosts of this machine, and every server
 * elsewhere. Tenants share each of them by weight, as a queue for one says nothing of how busy another is.
 */
export class InferenceFleet {
  readonly #services: readonly InferenceService[];
  readonly #byModel: ReadonlyMap<string, InferenceService>;

  /** @param services of which no two hold the same model */
  constructor(services: readonly InferenceService[]) {
    this.#services = services;
    this.#byModel = new Map(
      services.flatMap((service) => [...service.refs].map((ref) => [ref, service] as const)),
    );
  }

  /** @throws what the first service that cannot start throws; the others have ended their start by then */
  async start(): Promise<void> {
    const starts = this.#services.map((service) => service.start());
    await Promise.allSettled(starts);
    await Promise.all(starts);
  }

  /** Some models can be asked: a server that is away takes its own along, and no others. */
  ready(): boolean {
    return this.#services.some((service) => service.ready());
  }

  /** @throws AppError as `InferenceService.infer` */
  async infer(request: InferenceRequest): Promise<InferenceResult> {
    const { ref } = request.model;
    const service = this.#byModel.get(ref);
    if (service === undefined) throw new AppError('internal', {}, { internal: { unknownModel: ref } });
    return service.infer(request);
  }

  stats(): InferenceStats {
    const stats = this.#services.map((service) => service.stats());
    return {
      models: stats.flatMap(({ models }) => models),
      backlogMs: stats.reduce((sum, { backlogMs }) => sum + backlogMs, 0),
      hosts: stats.flatMap(({ hosts }) => hosts),
    };
  }

  /** @param deadlineAt milliseconds since the epoch; as `InferenceService.close` */
  async close(deadlineAt: number): Promise<void> {
    await Promise.all(this.#services.map((service) => service.close(deadlineAt)));
  }
}
