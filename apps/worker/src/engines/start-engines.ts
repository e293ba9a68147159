import type { Unit } from '#contracts';
import { ProcessJob, type JobHandler, type ModelInventory, type UsageLog } from '#core';
import { ModelRepository } from '#inference';
import type { Clock } from '#kernel';
import type { Cleanup } from '#process';
import { tasks } from '#tasks';
import { PipelineTaskRunner, pipelines } from '#tasks/pipelines';
import { observeJobs } from '../ops/observe.js';
import { CatalogueInventory } from './catalogue-inventory.js';
import { chooseModels } from './choose-models.js';
import { namesElsewhere } from './place-models.js';
import { startInference, type InferenceParts } from './start-inference.js';

export interface EnginesOptions extends InferenceParts {
  /** Names with `*` for any characters; every model by default. */
  modelPatterns?: readonly string[];
  /** Dates what is billed. */
  calendar: Clock;
}

/** Everything behind the queue: models, engine hosts, pipelines. */
export interface RunningEngines {
  /** Resolves once the hosts take work; rejects with a StartupError when a model cannot run where it was placed. */
  warm: Promise<void>;
  /** @param usage the meter: what is run is written there */
  handler(usage: UsageLog): JobHandler;
  models: ModelInventory;
  /** Runs that are under way at the same time when all have work. */
  engines: number;
}

/** @throws StartupError when the models cannot be served as chosen */
export async function startEngines(options: EnginesOptions, cleanup: Cleanup): Promise<RunningEngines> {
  const { engines, modelPatterns = ['*'], clock, calendar, telemetry, logger } = options;
  const only = await chooseModels(engines.models, modelPatterns);
  const elsewhere = namesElsewhere(only, engines.remote.models);
  const repository = await ModelRepository.open(engines.models, {
    ...{ only, elsewhere },
    tasks: tasks.map(({ id }) => id),
  });
  const { inference, warm, engines: count } = await startInference(options, repository, cleanup);
  // Vocabularies are read while the hosts warm up; who awaits these is told should they fail before.
  warm.catch(() => undefined);
  const runner = await PipelineTaskRunner.start(servedPipelines(repository), repository, inference);
  const unitOf = new Map<string, Unit>(tasks.map(({ id, unit }) => [id, unit]));
  const handler = (usage: UsageLog): JobHandler => {
    const job = new ProcessJob(
      runner,
      usage,
      clock,
      (task) => unitOf.get(task) ?? 'characters',
      (err, requestId) => logger.error({ err, requestId }, 'an item failed'),
      calendar,
    );
    return observeJobs(telemetry, clock, unitOf, (...call) => job.execute(...call));
  };
  return {
    warm,
    handler,
    models: new CatalogueInventory(repository, () => inference.ready()),
    engines: count,
  };
}

/** Pipelines of the tasks that some model here serves. */
function servedPipelines(repository: ModelRepository) {
  return Object.fromEntries(
    Object.entries(pipelines).filter(([task]) => repository.forTask(task).length > 0),
  );
}
