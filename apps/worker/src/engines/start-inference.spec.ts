import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ModelRepository } from '#inference';
import { systemClock } from '#kernel';
import { Cleanup } from '#process';
import { createLogger, Telemetry } from '#telemetry';
import { modelsDirectory } from '#testing';
import { startInference } from './start-inference.js';

const model = 'cell-nuclei';
const engines = {
  models: modelsDirectory(model),
  hosts: 2,
  device: 'cpu',
  maxRssBytes: 1e9,
  remote: { models: [], connections: 1, headers: [] },
} as const;

let telemetry: Telemetry;
let cleanup: Cleanup;
beforeEach(() => {
  telemetry = new Telemetry();
  cleanup = new Cleanup();
  cleanup.add(() => telemetry.close());
});
afterEach(() => cleanup.run());

const metric = async (name: string) => {
  const { body } = await telemetry.scrape();
  return new RegExp(`^inferway_${name} (\\d+)$`, 'm').exec(body)?.[1];
};

it('tells of no engine that is missing while they start', async () => {
  const logger = createLogger({ name: 'test', level: 'fatal' });
  const parts = { engines, shutdownTimeoutMs: 0, clock: systemClock, telemetry, logger };
  const models = await ModelRepository.open(engines.models, { only: [model] });
  const { warm } = await startInference(parts, models, cleanup);
  warm.catch(() => undefined);
  expect([await metric('engine_hosts'), await metric('engines_missing')]).toEqual(['0', undefined]);
  await warm;
  expect([await metric('engine_hosts'), await metric('engines_missing')]).toEqual(['2', '0']);
}, 60_000);
