import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { jobView } from '#contracts';
import type { ServerProcess } from '#testing';
import { newTenantKey } from './new-tenant.js';

const usageReport = z.object({
  usage: z.array(
    z.object({ status: z.string(), amount: z.number(), items: z.number(), computeMs: z.number() }),
  ),
});
const submitted = z.object({ id: z.string() });
const short = 'The train is late.';
/** Much work: `tookMs` says how long it took this machine just now. */
const long = Array.from({ length: 300 }, (_, n) => `Sentence ${n} takes a while, as long texts do. `).join(
  '',
);

/** The table "what is billed when" of docs/metering.md, each case by a tenant of its own: its report is the bill. */
export function describeBilling(server: () => ServerProcess): void {
  describe('what is billed', () => {
    let tookMs = 0;

    beforeAll(async () => {
      const tenant = await newTenant();
      for (let times = 0; times < 2; times++) {
        const startedAt = performance.now();
        await tenant.translate([long]);
        tookMs = performance.now() - startedAt;
      }
    }, 90_000);

    it('an answer: its units', async () => {
      const tenant = await newTenant();
      expect((await tenant.translate(['Olá 👋', short])).status).toBe(200);
      expect(await tenant.bill()).toEqual([{ status: 'ok', amount: 5 + short.length, items: 2 }]);
    });

    it('a request of which one item failed: the others', async () => {
      const tenant = await newTenant();
      const { body } = await tenant.ask('/v1/embed', {
        text: [short, 'word '.repeat(3_000)],
        truncate: false,
      });
      expect(body).toMatchObject({
        embeddings: [expect.any(Array), null],
        errors: [{ index: 1, code: 'text.too_long' }],
      });
      expect(await tenant.bill()).toEqual([{ status: 'ok', amount: short.length, items: 1 }]);
    });

    it('what was refused, or invalid: nothing, and no row', async () => {
      const tenant = await newTenant();
      const unknown = await tenant.ask('/v1/translate', { text: [short], source: 'en', target: 'xx' });
      expect(unknown.body).toMatchObject({ translations: [{ error: { code: 'language.unsupported' } }] });
      expect((await tenant.translate([])).status).toBe(422);
      expect((await tenant.translate([short], { authorization: 'Bearer none' })).status).toBe(401);
      expect(await tenant.bill()).toEqual([]);
    });

    it('what had not ended at its deadline: nothing, and its compute is shown', async () => {
      const rows = await interrupt(async (tenant, afterMs) => {
        const { body } = await tenant.translate([long], { 'x-deadline-ms': String(Math.ceil(afterMs)) });
        return !JSON.stringify(body).includes('"code":"deadline.exceeded"');
      });
      expect(rows).toMatchObject([{ status: 'deadline.exceeded', amount: 0, items: 1 }]);
      expect(rows[0]?.computeMs).toBeGreaterThan(0);
    }, 90_000);

    it('a caller who went away before the answer: nothing, and the compute is shown', async () => {
      const rows = await interrupt(async (tenant, afterMs) => {
        const leave = new AbortController();
        const asked = tenant.translate([long], {}, leave.signal);
        const ended = asked.then(
          () => true,
          () => false,
        );
        await sleep(afterMs);
        leave.abort();
        return ended;
      });
      expect(rows).toMatchObject([{ status: 'request.cancelled', amount: 0, items: 1 }]);
      expect(rows[0]?.computeMs).toBeGreaterThan(0);
    }, 90_000);

    it('the same Idempotency-Key again: once; no key: each time', async () => {
      const tenant = await newTenant();
      for (const key of ['a', 'a', 'b']) await tenant.translate([short], { 'idempotency-key': key });
      expect(await tenant.bill()).toEqual([{ status: 'ok', amount: 2 * short.length, items: 2 }]);
      for (let times = 0; times < 2; times++) await tenant.translate([short]);
      expect(await tenant.bill()).toEqual([{ status: 'ok', amount: 4 * short.length, items: 4 }]);
    });

    it('a cancelled job: what was answered by then, and nothing after it', async () => {
      const tenant = await newTenant();
      const inputs = Array.from({ length: 2_000 }, () => ({ text: short, source: 'en', target: 'pt' }));
      const { id } = submitted.parse((await tenant.ask('/v1/jobs', { task: 'translate', inputs })).body);
      while ((await tenant.job(id)).progress.succeeded === 0) await sleep(50);
      await tenant.cancel(id);
      let { succeeded } = (await tenant.job(id)).progress;
      // Chunks that were on an engine are kept and billed: they end within seconds.
      for (let still = 0; still < 10; still++) {
        await sleep(200);
        const now = (await tenant.job(id)).progress.succeeded;
        if (now !== succeeded) still = 0;
        succeeded = now;
      }
      expect(succeeded).toBeLessThan(inputs.length);
      expect((await tenant.bill()).filter(({ status }) => status === 'ok')).toEqual([
        { status: 'ok', amount: succeeded * short.length, items: succeeded },
      ]);
    }, 60_000);

    /**
     * The bill of work that was interrupted on an engine. How long after its start that is changes with what else the
     * machine does: a try that comes too late or too early is made anew, by another tenant.
     * @param how interrupts after so long, and says whether the work had ended before
     */
    async function interrupt(how: (tenant: Tenant, afterMs: number) => Promise<boolean>) {
      let afterMs = tookMs / 3;
      for (let tries = 0; tries < 8; tries++) {
        const tenant = await newTenant();
        const ended = await how(tenant, afterMs);
        const rows = ended ? [] : await tenant.rows(1);
        // Answered while its caller left.
        const crossed = rows.some(({ status }) => status === 'ok');
        if (rows.length > 0 && !crossed) return rows;
        afterMs *= ended || crossed ? 0.6 : 1.5;
      }
      throw new Error('the work was never met on an engine');
    }

    type Tenant = Awaited<ReturnType<typeof newTenant>>;

    async function newTenant() {
      const authorization = `Bearer ${await newTenantKey(server(), 'billed')}`;
      const ask = (path: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
        send(path, body, { authorization, ...headers }, signal);
      const get = async (path: string): Promise<unknown> =>
        (await fetch(server().url + path, { headers: { authorization } })).json();
      const report = async () => usageReport.parse(await get('/v1/usage?groupBy=task,status')).usage;
      return {
        ask,
        translate: (text: string[], headers = {}, signal?: AbortSignal) =>
          ask('/v1/translate', { text, source: 'en', target: 'pt' }, headers, signal),
        cancel: async (id: string) => {
          const reply = await fetch(`${server().url}/v1/jobs/${id}`, {
            method: 'DELETE',
            headers: { authorization },
          });
          expect(reply.status).toBeLessThan(300);
        },
        job: async (id: string) => jobView.parse(await get(`/v1/jobs/${id}`)),
        bill: async () => (await report()).map(({ status, amount, items }) => ({ status, amount, items })),
        /** Waits for rows that are written when nobody waits for them. */
        rows: async (count: number) => {
          let rows = await report();
          for (const endsAt = Date.now() + 10_000; rows.length < count && Date.now() < endsAt;) {
            await sleep(100);
            rows = await report();
          }
          return rows;
        },
      };
    }

    async function send(
      path: string,
      body: object,
      headers: Record<string, string>,
      signal: AbortSignal = AbortSignal.timeout(30_000),
    ) {
      const json = { 'content-type': 'application/json', ...headers };
      const init = { method: 'POST', headers: json, body: JSON.stringify(body), signal };
      const reply = await fetch(server().url + path, init);
      return { status: reply.status, body: await reply.json() };
    }
  });
}
