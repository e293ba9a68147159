import type { Workload } from '../workloads.js';
import { keepAlive, post, type Caller } from './post.js';

export interface Load {
  items: number;
  wallMs: number;
  latenciesMs: number[];
  /** When each answer came, by `performance.now()`. */
  answeredAt: number[];
}

/**
 * `clients` that each send a single-item request, wait for its answer, and go on. Any refusal fails the benchmark, unless
 * the load is one that a server may well refuse.
 */
export async function closedLoop(
  caller: Caller,
  { path, bodies }: Workload,
  clients: number,
  seconds: number,
  { mayRefuse = false } = {},
): Promise<Load> {
  const agent = keepAlive(clients);
  const encoded = bodies.map((body) => Buffer.from(JSON.stringify(body)));
  const latenciesMs: number[] = [];
  const answeredAt: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let next = 0;
  const client = async () => {
    while (performance.now() < until) {
      const body = encoded[next++ % encoded.length];
      const sentAt = performance.now();
      const answer = post(agent, caller, path, body ?? Buffer.alloc(0));
      if (mayRefuse && !(await answer.then(Boolean, () => false))) continue;
      await answer;
      const now = performance.now();
      latenciesMs.push(now - sentAt);
      answeredAt.push(now);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return { items: latenciesMs.length, wallMs: performance.now() - startedAt, latenciesMs, answeredAt };
}
