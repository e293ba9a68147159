import type { ServeConfig } from '#config';
import type { Unit } from '#contracts';
import { ProcessJob, type JobQueue, type ModelInventory, type UsageLog } from '#core';
import { InferenceService, ModelRepository } from '#inference';
import { systemClock } from '#kernel';
import { InProcessJobQueue } from '#queue';
import { tasks } from '#tasks';
import { PipelineTaskRunner, pipelines } from '#tasks/pipelines';
import type { Telemetry } from '#telemetry';
import { CatalogueInventory } from './catalogue-inventory.js';
import type { Cleanup } from './cleanup.js';
import { observeBacklog, observeInference, observeJobs } from './observe.js';

/** A dispatch is bounded to this much predicted engine time: how long a newcomer may find an engine occupied. */
const maxDispatchMs = 50;
/** Dispatches an engine may have released to it besides the one it runs, so that it never idles for want of work. */
const dispatchesAhead = 2;
/** The queue bounds what waits; behind it only one large request may exceed the window, until its deadline. */
const maxReleasedMs = 600_000;
const startTimeoutMs = 60_000;

/** Everything behind the queue: models, engine hosts, pipelines, the meter. */
export async function startWorker(
  config: ServeConfig,
  usage: UsageLog,
  telemetry: Telemetry,
  cleanup: Cleanup,
): Promise<{ queue: JobQueue; models: ModelInventory }> {
  const repository = await ModelRepository.open(config.models);
  const inference = await startInference(config, repository, telemetry, cleanup);
  const runner = await PipelineTaskRunner.start(pipelines, repository, inference);
  const unitOf = new Map<string, Unit>(tasks.map(({ id, unit }) => [id, unit]));
  const job = new ProcessJob(runner, usage, systemClock, (task) => unitOf.get(task) ?? 'characters');
  const queue = new InProcessJobQueue({
    clock: systemClock,
    windowMs: dispatchesAhead * config.engineHosts * maxDispatchMs,
    maxWaitingMs: config.maxBacklogMs * config.engineHosts,
  });
  queue.consume(observeJobs(telemetry, unitOf, (envelope, signal) => job.execute(envelope, signal)));
  observeBacklog(telemetry, queue);
  cleanup.add(() => queue.close(systemClock.now() + config.shutdownTimeoutMs));
  return { queue, models: new CatalogueInventory(repository, () => inference.ready()) };
}

async function startInference(
  config: ServeConfig,
  repository: ModelRepository,
  telemetry: Telemetry,
  cleanup: Cleanup,
): Promise<InferenceService> {
  const options = {
    hosts: config.engineHosts,
    variant: 'cpu',
    maxDispatchMs,
    maxBacklogMs: maxReleasedMs,
    maxRssBytes: config.engineMaxRssBytes,
    ...(config.maxBatchRows !== undefined && { maxBatchRows: config.maxBatchRows }),
    startTimeoutMs,
  };
  const inference = new InferenceService(repository, options, { observer: observeInference(telemetry) });
  cleanup.add(() => inference.close(systemClock.now() + config.shutdownTimeoutMs));
  await inference.start();
  return inference;
}
