import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppError } from '#kernel';
import { ModelInventory } from '#core';

/** Whether this process takes work: not before every model is warm, not once it is shutting down. */
@Injectable()
export class Lifecycle implements BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();

  constructor(private readonly models: ModelInventory) {}

  beforeApplicationShutdown(): void {
    this.shutdown.abort(draining());
  }

  /** True once the process is shutting down. */
  get isDraining(): boolean {
    return this.shutdown.signal.aborted;
  }

  /** Aborts when the process begins to shut down, with `service.draining`. */
  get closing(): AbortSignal {
    return this.shutdown.signal;
  }

  /** @throws AppError `service.draining` */
  assertOpen(): void {
    if (this.isDraining) throw draining();
  }

  /** @throws AppError `service.draining`, `engine.unavailable`: why it is not ready */
  assertReady(): void {
    this.assertOpen();
    if (!this.models.ready()) {
      throw new AppError('engine.unavailable', {
        detail: 'No engine has a warm model yet, or none is left',
        retryAfterS: 1,
      });
    }
  }
}

function draining(): AppError {
  return new AppError('service.draining', { retryAfterS: 1 });
}
