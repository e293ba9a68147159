import type { Workload } from '../workloads.js';
import { poissonArrivals } from './arrivals.js';
import type { Load } from './closed-loop.js';
import type { Caller } from './post.js';
import { sendOnTime } from './send-on-time.js';

/** A server this far behind is overloaded: the rate was wrong, and waiting longer would measure the queue alone. */
const maxUnanswered = 1_000;

/**
 * Single-item requests at a rate that does not wait for answers, at random (Poisson), the same moments in every run.
 *
 * @throws when one is refused, or more than 1,000 are unanswered
 */
export async function openLoop(
  caller: Caller,
  { path, bodies }: Workload,
  itemsPerSecond: number,
  seconds: number,
): Promise<Load> {
  const encoded = bodies.map((body) => Buffer.from(JSON.stringify(body)));
  const sendings = poissonArrivals(itemsPerSecond, seconds).map((dueMs, index) => ({
    dueMs,
    caller,
    path,
    body: encoded[index % encoded.length] ?? Buffer.alloc(0),
  }));
  const startedAt = performance.now();
  const outcomes = await sendOnTime(sendings, maxUnanswered);
  const refused = outcomes.find(({ code }) => code !== 'ok');
  if (refused !== undefined)
    throw new Error(`${path} cannot keep up with ${itemsPerSecond} a second: ${refused.code}`);
  return {
    items: outcomes.length,
    wallMs: performance.now() - startedAt,
    latenciesMs: outcomes.map(({ latencyMs }) => latencyMs),
    answeredAt: outcomes.map(({ answeredAt }) => answeredAt),
  };
}
