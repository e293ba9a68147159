import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppError } from '#kernel';
import { ModelInventory } from '#core';

/** Whether this process takes work: not before every model is warm, not once it is shutting down. */
@Injectable()
export class Lifecycle implements BeforeApplicationShutdown {
  private draining = false;

  constructor(private readonly models: ModelInventory) {}

  beforeApplicationShutdown(): void {
    this.draining = true;
  }

  /** True once the process is shutting down. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** @throws AppError `service.draining` */
  assertOpen(): void {
    if (this.draining) throw new AppError('service.draining', { retryAfterS: 1 });
  }

  /** @throws AppError `service.draining`, `engine.unavailable`: why it is not ready */
  assertReady(): void {
    this.assertOpen();
    if (!this.models.ready()) {
      throw new AppError('engine.unavailable', { detail: 'Models are still being loaded', retryAfterS: 1 });
    }
  }
}
