import { setTimeout as sleep } from 'node:timers/promises';
import type { JobHandler } from '#core';
import { createSeal } from '#kernel';
import { untilStopped } from '#process';
import { openWorkerQueue } from '#queue';
import { connectRedis, RedisClock } from '#redis';
import { clusterReleaseWindowMs } from '#scheduling';
import { benchSealKey } from './sleeping-cluster.js';

/** `sleeping-worker.process.js REDIS_URL TASK MS`: a worker whose one engine sleeps so long for each job. */
const [, , redisUrl = '', task = '', ms = '0'] = process.argv;
const sleepMs = Number(ms);
const redis = connectRedis(redisUrl);
await redis.connect();
const clock = await RedisClock.start(redis);
const queue = await openWorkerQueue(
  {
    redis,
    clock,
    seal: createSeal(benchSealKey),
    windowMs: clusterReleaseWindowMs,
    onError(error) {
      throw error;
    },
  },
  { models: [{ model: 'sleep@1', task, description: '', licence: '' }], engines: 1 },
  sleepingEngine(),
);
process.stdout.write('ready\n');
await untilStopped();
await queue.close(clock.now() + 1_000);
clock.stop();
redis.disconnect();

/** Jobs one after another, as an engine runs its batches. */
function sleepingEngine(): JobHandler {
  let last = Promise.resolve();
  return async ({ requestId, units }) => {
    if (sleepMs > 0) {
      last = last.then(() => sleep(sleepMs));
      await last;
    }
    const parts = { queueMs: 0, batchMs: 0, encodeMs: 0, inferenceMs: sleepMs, decodeMs: 0, paddingMs: 0 };
    const timings = { ...parts, computeMs: sleepMs };
    return {
      version: 1,
      requestId,
      outcomes: [{ ok: true, output: { worker: process.pid }, model: 'sleep@1', units, timings }],
    };
  };
}
