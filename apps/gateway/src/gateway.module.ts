import { Module, type DynamicModule } from '@nestjs/common';
import {
  AuthenticateKey,
  IdempotencyStore,
  JobQueue,
  KeyStore,
  ModelInventory,
  ReportUsage,
  SubmitInference,
  UsageLog,
} from '#core';
import type { Clock } from '#kernel';
import { tasks } from '#tasks';
import { Telemetry } from '#telemetry';
import type { OpenApiDocument } from '#transport';
import { Lifecycle } from './admission/lifecycle.js';
import { OpsController, openApiToken } from './ops/ops.controller.js';
import { CatalogueController } from './rest/catalogue.controller.js';
import { CatalogueView } from './rest/catalogue.view.js';
import { inferenceController } from './rest/inference.controller.js';

/** What the gateway needs of the outside; which adapters they are is the composition's choice. */
export interface GatewayPorts {
  queue: JobQueue;
  idempotency: IdempotencyStore;
  keys: KeyStore;
  usage: UsageLog;
  models: ModelInventory;
  clock: Clock;
}

/** Composition root: ports in, use cases and controllers out. */
@Module({})
export class GatewayModule {
  static with(ports: GatewayPorts, telemetry: Telemetry, document: OpenApiDocument): DynamicModule {
    const { queue, idempotency, keys, usage, models, clock } = ports;
    return {
      module: GatewayModule,
      controllers: [...tasks.map(inferenceController), CatalogueController, OpsController],
      providers: [
        { provide: JobQueue, useValue: queue },
        { provide: IdempotencyStore, useValue: idempotency },
        { provide: KeyStore, useValue: keys },
        { provide: UsageLog, useValue: usage },
        { provide: ModelInventory, useValue: models },
        { provide: Telemetry, useValue: telemetry },
        { provide: openApiToken, useValue: document },
        { provide: AuthenticateKey, useValue: new AuthenticateKey(keys, clock) },
        { provide: SubmitInference, useValue: new SubmitInference(queue, idempotency, clock) },
        { provide: ReportUsage, useValue: new ReportUsage(usage, clock) },
        CatalogueView,
        Lifecycle,
      ],
    };
  }
}
