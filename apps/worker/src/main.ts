#!/usr/bin/env node
import { loadWorkerConfig, type WorkerConfig } from '#config';
import { openCluster } from '#cluster';
import { GroupCommitUsageLog } from '#persistence';
import { runProgram, version, type Cleanup, type RunningProgram } from '#process';
import { openWorkerQueue } from '#queue';
import { clusterReleaseWindowMs } from '#scheduling';
import { createLogger, startTelemetry } from '#telemetry';
import { startEngines } from './engines/start-engines.js';
import { serveProbes } from './ops/probe-server.js';

await runProgram('worker', (cleanup) => start(loadWorkerConfig(), cleanup));

/** A worker of a cluster: takes jobs of its models' tasks from Redis, runs them on its engine hosts, meters, replies. */
async function start(config: WorkerConfig, cleanup: Cleanup): Promise<RunningProgram> {
  const logger = createLogger({ name: 'worker', level: config.logLevel });
  const telemetry = await startTelemetry(config.telemetry, { name: 'inferway-worker', version }, logger);
  cleanup.add(() => telemetry.close());
  let notReady: string | undefined = 'Models are still being loaded';
  let impairment: () => string | undefined = () => undefined;
  const probes = await serveProbes(config.probes, {
    notReady: () => notReady,
    impairment: () => impairment(),
    telemetry,
  });
  cleanup.add(() => {
    probes.server.close();
  });

  const onError = (error: unknown) => logger.error({ err: error }, 'queue');
  const { database, redis, clock, seal, bucket } = await openCluster(config.cluster, onError, cleanup);
  telemetry.traces.useClock(clock);
  const { shutdownTimeoutMs, engines, modelPatterns } = config;
  const usage = new GroupCommitUsageLog(database);
  telemetry.observe('usagePending', () => usage.pendingRows);
  const running = await startEngines(
    { engines, modelPatterns, shutdownTimeoutMs, clock, calendar: clock, telemetry, logger },
    cleanup,
  );
  await running.warm;
  const queue = await openWorkerQueue(
    { redis, clock, seal, bucket, onError, windowMs: clusterReleaseWindowMs },
    { models: running.models.list(), engines: running.engines },
    running.handler(usage),
  );
  cleanup.add(() => queue.close(clock.now() + shutdownTimeoutMs));
  impairment = () => queue.impairment();
  notReady = undefined;
  const models = running.models.list().map(({ model }) => model);
  const { url } = probes;
  logger.info({ url, models }, 'ready');
  return {
    url,
    onStopping() {
      notReady = 'The worker is shutting down';
    },
  };
}
