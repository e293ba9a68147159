import { Agent, request } from 'node:http';
import type { Workload } from '../workloads.js';
import type { ServerProcess } from '#testing';

const requestTimeoutMs = 30_000;

export interface Load {
  items: number;
  wallMs: number;
  latenciesMs: number[];
}

/** `clients` that each send a single-item request, wait for its answer, and go on. Any refusal fails the benchmark. */
export async function closedLoop(
  { url, apiKey }: ServerProcess,
  { path, bodies }: Workload,
  clients: number,
  seconds: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const encoded = bodies.map((body) => Buffer.from(JSON.stringify(body)));
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let next = 0;
  const client = async () => {
    while (performance.now() < until) {
      const body = encoded[next++ % encoded.length];
      const sentAt = performance.now();
      await post(agent, url + path, apiKey, body ?? Buffer.alloc(0));
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return { items: latenciesMs.length, wallMs: performance.now() - startedAt, latenciesMs };
}

function post(agent: Agent, url: string, apiKey: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const call = request(url, { method: 'POST', agent, headers, timeout: requestTimeoutMs }, (response) => {
      let length = 0;
      response.on('data', (chunk: Buffer) => (length += chunk.length));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200 && length > 0) resolve();
        else reject(new Error(`${url} answered ${response.statusCode ?? '?'}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`${url} did not answer in ${requestTimeoutMs} ms`)));
    call.on('error', reject);
    call.end(body);
  });
}
