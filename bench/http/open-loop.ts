import { setTimeout as sleep } from 'node:timers/promises';
import type { Workload } from '../workloads.js';
import { poissonArrivals } from './arrivals.js';
import type { Load } from './closed-loop.js';
import { keepAlive, post, type Caller } from './post.js';

/** A server this far behind is overloaded: the rate was wrong, and waiting longer would measure the queue alone. */
const maxUnanswered = 1_000;

/**
 * Single-item requests at a rate that does not wait for answers, as users come: at random (Poisson), the same moments
 * in every run. Latency counts from the moment a request was due, so a client that falls behind hides nothing.
 *
 * @throws when more than 1,000 requests are unanswered.
 */
export async function openLoop(
  caller: Caller,
  { path, bodies }: Workload,
  itemsPerSecond: number,
  seconds: number,
): Promise<Load> {
  const agent = keepAlive(maxUnanswered);
  const encoded = bodies.map((body) => Buffer.from(JSON.stringify(body)));
  const latenciesMs: number[] = [];
  const answeredAt: number[] = [];
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const [index, dueMs] of poissonArrivals(itemsPerSecond, seconds).entries()) {
    const aheadMs = startedAt + dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    if (index - latenciesMs.length > maxUnanswered) throw new Error(`${path} cannot keep up`);
    const body = encoded[index % encoded.length] ?? Buffer.alloc(0);
    calls.push(
      post(agent, caller, path, body).then(() => {
        const now = performance.now();
        latenciesMs.push(now - startedAt - dueMs);
        answeredAt.push(now);
      }),
    );
  }
  await Promise.all(calls);
  agent.destroy();
  return { items: latenciesMs.length, wallMs: performance.now() - startedAt, latenciesMs, answeredAt };
}
