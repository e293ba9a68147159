import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { newTenantKey } from './new-tenant.js';

const deadlineMs = 3_000;
const wave = 150;
/** Three times what a server has to have seen of its own rate before it refuses by it (`drain-rate.ts`). */
const measuredMs = 6_000;
const problem = z.object({ code: z.string(), limit: z.object({ name: z.string() }) });

interface Answer {
  status: number;
  retryAfterS: number;
  limit: string | undefined;
}

/** Many more requests at once than can be answered by their deadline, and somebody else beside them. */
describe('a burst', () => {
  let server: ServerProcess;
  let smallKey: string;

  beforeAll(async () => {
    server = await ServerProcess.start();
    smallKey = await newTenantKey(server, 'small');
  }, 60_000);
  afterAll(() => server.stop());

  async function ask(key: string, withinMs?: number): Promise<Answer> {
    const reply = await fetch(`${server.url}/v1/translate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(withinMs !== undefined && { 'x-deadline-ms': String(withinMs) }),
      },
      body: JSON.stringify({ text: 'The small train arrives at the station.', source: 'en', target: 'pt' }),
    });
    const body: unknown = await reply.json();
    return {
      status: reply.status,
      retryAfterS: Number(reply.headers.get('retry-after')),
      limit: reply.status === 503 ? problem.parse(body).limit.name : undefined,
    };
  }

  const together = (count: number, withinMs?: number) =>
    Promise.all(Array.from({ length: count }, () => ask(server.apiKey, withinMs)));

  /** Answers a second, with as much waiting as a burst has. */
  async function measureRate(): Promise<number> {
    const startedAt = performance.now();
    let answered = 0;
    for (; performance.now() < startedAt + measuredMs; answered += wave)
      expect((await together(wave)).every(({ status }) => status === 200)).toBe(true);
    return (1_000 * answered) / (performance.now() - startedAt);
  }

  it('is partly answered, partly refused by its deadline and told when to come back, and nobody else is', async () => {
    const rate = await measureRate();
    let isOver = false;
    const small = (async () => {
      const answers: Answer[] = [];
      while (!isOver) {
        answers.push(await ask(smallKey, deadlineMs));
        await sleep(100);
      }
      return answers;
    })();
    const answers = await together(Math.ceil((3 * rate * deadlineMs) / 1_000), deadlineMs);
    isOver = true;
    const refused = answers.filter(({ status }) => status === 503);
    // How many of each depends on what else the machine does; `release-window.spec.ts` counts them on a virtual clock.
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.map(({ status }) => status)).toContain(200);
    for (const { limit, retryAfterS } of refused) {
      expect(limit).toBe('deadline');
      expect(retryAfterS).toBeGreaterThanOrEqual(1);
    }
    expect((await small).map(({ status }) => status)).not.toContain(503);
  }, 120_000);
});
