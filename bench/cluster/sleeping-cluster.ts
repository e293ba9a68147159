import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createSeal, newId } from '#kernel';
import { openGatewayQueue, type GatewayQueue } from '#queue';
import { connectRedis, RedisClock } from '#redis';
import { clusterReleaseWindowMs } from '#scheduling';

/** Both ends of the queue in these benchmarks. */
export const benchSealKey = Buffer.alloc(32, 7);

const sleptAt = z.object({ outcomes: z.tuple([z.object({ output: z.object({ worker: z.int() }) })]) });

/** The queue between machines with workers whose one engine sleeps for each job: the queue is real, compute is a timer. */
export class SleepingCluster {
  private constructor(
    private readonly task: string,
    private readonly sleepMs: number,
    private readonly workers: readonly ChildProcess[],
    private readonly redis: ReturnType<typeof connectRedis>,
    private readonly clock: RedisClock,
    private readonly gateway: GatewayQueue,
  ) {}

  /** A task of its own each time: nothing is left over from one before. */
  static async start(
    redisUrl: string,
    { workers, sleepMs }: { workers: number; sleepMs: number },
  ): Promise<SleepingCluster> {
    const task = `bench-${randomUUID()}`;
    const children = await Promise.all(
      Array.from({ length: workers }, () => startWorker(redisUrl, task, sleepMs)),
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
    return new SleepingCluster(task, sleepMs, children, redis, clock, gateway);
  }

  /** One job, to its reply. @returns the worker that had it */
  async ask(): Promise<number> {
    const now = this.clock.now();
    const job = {
      version: 1 as const,
      requestId: newId('req'),
      tenantId: 'ten_bench',
      keyId: 'key_bench',
      task: this.task,
      items: [{ text: 'The weather is lovely today.' }],
      units: Math.max(1, 20 * this.sleepMs),
      lane: 'interactive' as const,
      weight: 1,
      submittedAt: now,
      deadlineAt: now + 60_000,
    };
    const reply = await this.gateway.queue.submit(job, new AbortController().signal);
    return sleptAt.parse(reply).outcomes[0].output.worker;
  }

  /** Jobs answered a second by clients that wait for each answer, from the second second on. */
  async throughput(inFlight: number, seconds: number): Promise<number> {
    const from = performance.now() + 1_000;
    const until = from + seconds * 1_000;
    let answered = 0;
    const client = async () => {
      while (performance.now() < until) {
        await this.ask();
        const at = performance.now();
        if (at >= from && at < until) answered++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, client));
    return answered / seconds;
  }

  async stop(): Promise<void> {
    await this.gateway.close(this.clock.now());
    this.clock.stop();
    this.redis.disconnect();
    await Promise.all(this.workers.map(stop));
  }
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
