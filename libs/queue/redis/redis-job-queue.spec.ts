import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { JobHandler } from '#core';
import { createSeal, systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import { describeJobQueue } from '../job-queue.conformance.js';
import { openGatewayQueue, openWorkerQueue, type WorkerQueue } from './open-redis-queue.js';
import type { RedisQueueOptions } from './queue-parts.js';

const model = { model: 'model@1', task: 'translate', description: '', licence: '' };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describeJobQueue('the Redis queue', async ({ maxWaitingMs }) => {
  const connections: Redis[] = [];
  const options = async (): Promise<RedisQueueOptions> => {
    const redis = connectRedis(server.url);
    connections.push(redis);
    await redis.connect();
    return {
      redis,
      clock: systemClock,
      seal: createSeal(Buffer.alloc(32, 1)),
      windowMs: 20,
      onError(error) {
        throw error;
      },
    };
  };
  const gateway = await openGatewayQueue(await options(), { maxWaitingMs, maxPayloadBytes: 1e8 }, [
    'translate',
  ]);
  const [redis] = connections;
  await redis?.flushall();
  let worker: WorkerQueue | undefined;
  return {
    queue: gateway.queue,
    async consume(handler: JobHandler) {
      worker = await openWorkerQueue(await options(), { models: [model], engines: 1 }, handler);
    },
    async close(deadlineAt) {
      await gateway.close(deadlineAt);
      await worker?.close(deadlineAt);
      for (const connection of connections) connection.disconnect();
    },
  };
});
