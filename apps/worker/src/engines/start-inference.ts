import type { EngineConfig } from '#config';
import {
  InferenceFleet,
  InferenceService,
  prepackModels,
  remoteEngines,
  ServerAwayError,
  type ModelCatalogue,
  type ModelHandle,
  type OpenEngine,
} from '#inference';
import type { Clock } from '#kernel';
import { StartupError, type Cleanup } from '#process';
import { maxDispatchMs } from '#scheduling';
import type { Logger, Telemetry } from '#telemetry';
import { observeInference } from '../ops/observe.js';
import { placeModels } from './place-models.js';

/** The queue bounds what waits; behind it only one large request may exceed the window, until its deadline. */
const maxReleasedMs = 600_000;
const startTimeoutMs = 60_000;

export interface InferenceParts {
  engines: EngineConfig;
  /** What a start needs besides engines, where that is opened beside them: no copies of graphs are made for one that fails. */
  beside?: Promise<unknown>;
  shutdownTimeoutMs: number;
  clock: Clock;
  telemetry: Telemetry;
  logger: Logger;
}

/** Engines for every model, here or elsewhere. */
export interface RunningInference {
  inference: InferenceFleet;
  /** Resolves once they take work; rejects with a StartupError when a model cannot run where it was placed. */
  warm: Promise<void>;
  /** Runs that are under way at the same time when all have work. */
  engines: number;
}

export async function startInference(
  { engines, beside, shutdownTimeoutMs, clock, telemetry, logger }: InferenceParts,
  catalogue: ModelCatalogue,
  cleanup: Cleanup,
): Promise<RunningInference> {
  const { local, remote } = placeModels(catalogue, engines.remote.models, engines.remote.headers);
  const { models: packed, problems } = await prepackModels(local, engines.device, beside);
  if (problems.length > 0) logger.info({ problems }, 'some weights are not shared between engine hosts');
  const observer = observeInference(telemetry, logger);
  const service = (models: readonly ModelHandle[], hosts: number, openEngine?: OpenEngine) => {
    const options = {
      hosts,
      variant: engines.device,
      maxDispatchMs,
      maxBacklogMs: maxReleasedMs,
      maxRssBytes: engines.maxRssBytes,
      ...(engines.maxBatchRows !== undefined && { maxBatchRows: engines.maxBatchRows }),
      startTimeoutMs,
    };
    const parts = { clock, observer, ...(openEngine !== undefined && { openEngine }) };
    return new InferenceService(catalogueOf(models), options, parts);
  };
  const hosts = local.length > 0 ? engines.hosts : 0;
  const inference = new InferenceFleet([
    ...(hosts > 0 ? [service(packed, hosts)] : []),
    ...remote.map(({ server: url, models, paths, headers }) => {
      const pathOf = (name: string) => paths.get(name) ?? `/v2/models/${name}`;
      return service(
        models,
        engines.remote.connections,
        remoteEngines({ url, headers, startTimeoutMs, pathOf }),
      );
    }),
  ]);
  let stopping = false;
  cleanup.add(() => {
    stopping = true;
    return inference.close(clock.now() + shutdownTimeoutMs);
  });
  const all = hosts + remote.length * engines.remote.connections;
  const serving = () => inference.stats().hosts.filter(({ draining }) => !draining).length;
  telemetry.observe('engineHosts', serving);
  const warm = inference.start().then(
    // Of those that start or stop none is missing: a start that fails ends the program, and neither is an alert.
    () => telemetry.observe('enginesMissing', () => (stopping ? 0 : Math.max(0, all - serving()))),
    (error: unknown) => {
      throw error instanceof ServerAwayError
        ? new StartupError(`REMOTE_MODELS: ${error.message}`, 69)
        : error;
    },
  );
  return { inference, warm, engines: all };
}

function catalogueOf(models: readonly ModelHandle[]): ModelCatalogue {
  return {
    list: () => models,
    forTask: (task) => models.filter(({ manifest }) => manifest.task === task),
  };
}
