import type { EngineConfig } from '#config';
import type { Unit } from '#contracts';
import { ProcessJob, type JobHandler, type ModelInventory, type UsageLog } from '#core';
import { InferenceService, ModelRepository } from '#inference';
import type { Clock } from '#kernel';
import type { Cleanup } from '#process';
import { maxDispatchMs } from '#scheduling';
import { tasks } from '#tasks';
import { PipelineTaskRunner, pipelines } from '#tasks/pipelines';
import type { Logger, Telemetry } from '#telemetry';
import { observeInference, observeJobs } from '../ops/observe.js';
import { CatalogueInventory } from './catalogue-inventory.js';
import { chooseModels } from './choose-models.js';

/** The queue bounds what waits; behind it only one large request may exceed the window, until its deadline. */
const maxReleasedMs = 600_000;
const startTimeoutMs = 60_000;

export interface EnginesOptions {
  engines: EngineConfig;
  /** Names with `*` for any characters; every model by default. */
  modelPatterns?: readonly string[];
  shutdownTimeoutMs: number;
  clock: Clock;
  usage: UsageLog;
  telemetry: Telemetry;
  logger: Logger;
}

/** Everything behind the queue: models, warm engine hosts, pipelines, the meter. */
export interface RunningEngines {
  handler: JobHandler;
  models: ModelInventory;
}

/** @throws StartupError when the models cannot be served as chosen */
export async function startEngines(options: EnginesOptions, cleanup: Cleanup): Promise<RunningEngines> {
  const { engines, modelPatterns = ['*'], clock, usage, telemetry } = options;
  const only = await chooseModels(engines.models, modelPatterns);
  const repository = await ModelRepository.open(engines.models, { only });
  const inference = await startInference(options, repository, cleanup);
  const runner = await PipelineTaskRunner.start(servedPipelines(repository), repository, inference);
  const unitOf = new Map<string, Unit>(tasks.map(({ id, unit }) => [id, unit]));
  const job = new ProcessJob(runner, usage, clock, (task) => unitOf.get(task) ?? 'characters');
  return {
    handler: observeJobs(telemetry, clock, unitOf, (...call) => job.execute(...call)),
    models: new CatalogueInventory(repository, () => inference.ready()),
  };
}

/** Pipelines of the tasks that some model here serves. */
function servedPipelines(repository: ModelRepository) {
  return Object.fromEntries(
    Object.entries(pipelines).filter(([task]) => repository.forTask(task).length > 0),
  );
}

async function startInference(
  { engines, shutdownTimeoutMs, clock, telemetry, logger }: EnginesOptions,
  repository: ModelRepository,
  cleanup: Cleanup,
): Promise<InferenceService> {
  const options = {
    hosts: engines.hosts,
    variant: engines.device,
    maxDispatchMs,
    maxBacklogMs: maxReleasedMs,
    maxRssBytes: engines.maxRssBytes,
    ...(engines.maxBatchRows !== undefined && { maxBatchRows: engines.maxBatchRows }),
    startTimeoutMs,
  };
  const observer = observeInference(telemetry, logger);
  const inference = new InferenceService(repository, options, { clock, observer });
  cleanup.add(() => inference.close(clock.now() + shutdownTimeoutMs));
  await inference.start();
  telemetry.observe('engineHosts', () => inference.stats().hosts.filter(({ draining }) => !draining).length);
  return inference;
}
