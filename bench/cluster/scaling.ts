import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSeal, newId } from '#kernel';
import { openGatewayQueue, type GatewayQueue } from '#queue';
import { connectRedis, RedisClock } from '#redis';
import { clusterReleaseWindowMs } from '#scheduling';
import type { Goal } from '../goals/goal.js';

const sleepMs = 20;
const workers = 4;
const jobsPerWorker = 16;
const ceilingJobs = 256;
/** Both ends of the queue in this benchmark. */
export const benchSealKey = Buffer.alloc(32, 7);

/** How throughput grows with workers whose engine sleeps, so that the queue alone is measured; and the most that one Redis carries. */
export async function scalingGoals(redisUrl: string, seconds: number): Promise<Goal[]> {
  const one = await throughput(redisUrl, { workers: 1, sleepMs, inFlight: jobsPerWorker }, seconds);
  const four = await throughput(redisUrl, { workers, sleepMs, inFlight: workers * jobsPerWorker }, seconds);
  const ceiling = await throughput(redisUrl, { workers: 2, sleepMs: 0, inFlight: ceilingJobs }, seconds);
  return [
    {
      name: `throughput of ${workers} workers to one, engines that sleep ${sleepMs} ms`,
      value: four / one,
      unit: '×',
      atLeast: 3.8,
      facts: { onePerSecond: one, fourPerSecond: four },
    },
    { name: 'jobs through one Redis, two workers with nothing to do', value: ceiling, unit: 'a second' },
  ];
}

interface Trial {
  workers: number;
  sleepMs: number;
  inFlight: number;
}

/** Jobs answered a second. A task of its own each time: nothing is left over from the trial before. */
async function throughput(redisUrl: string, trial: Trial, seconds: number): Promise<number> {
  const task = `bench-${randomUUID()}`;
  const children = await Promise.all(
    Array.from({ length: trial.workers }, () => startWorker(redisUrl, task, trial.sleepMs)),
  );
  const redis = connectRedis(redisUrl);
  await redis.connect();
  const clock = await RedisClock.start(redis);
  const limits = { maxWaitingMs: 1e9, maxPayloadBytes: 1e9 };
  const options = {
    redis,
    clock,
    seal: createSeal(benchSealKey),
    windowMs: clusterReleaseWindowMs,
    onError: raise,
  };
  const gateway = await openGatewayQueue(options, limits, [task]);
  const answered = await submitFor(gateway, () => clock.now(), task, trial, seconds);
  await gateway.close(clock.now());
  clock.stop();
  redis.disconnect();
  await Promise.all(children.map(stop));
  return answered / seconds;
}

async function submitFor(
  { queue }: GatewayQueue,
  now: () => number,
  task: string,
  { inFlight, sleepMs }: Trial,
  seconds: number,
): Promise<number> {
  const from = performance.now() + 1_000;
  const until = from + seconds * 1_000;
  let answered = 0;
  const client = async () => {
    while (performance.now() < until) {
      await queue.submit(job(task, now(), sleepMs), new AbortController().signal);
      const at = performance.now();
      if (at >= from && at < until) answered++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return answered;
}

function job(task: string, now: number, costMs: number) {
  return {
    version: 1 as const,
    requestId: newId('req'),
    tenantId: 'ten_bench',
    keyId: 'key_bench',
    task,
    items: [{ text: 'The weather is lovely today.' }],
    units: Math.max(1, 20 * costMs),
    lane: 'interactive' as const,
    weight: 1,
    submittedAt: now,
    deadlineAt: now + 60_000,
  };
}

async function startWorker(redisUrl: string, task: string, sleepMs: number): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./sleeping-worker.process.js', import.meta.url));
  const child = spawn(process.execPath, [script, redisUrl, task, String(sleepMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return child;
  throw new Error('the worker ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function raise(error: unknown): never {
  throw error;
}
