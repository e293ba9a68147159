import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { jobView } from '#contracts';
import { limitedKey, type TenantLimits } from '../../libs/testing/limited-key.js';
import { asTenant } from './embed-surfaces.js';
import { billedUnits, ImmediateQueue } from './immediate-queue.js';
import type { LocalGateway } from './local-gateway.js';
import { usedBefore } from './local-ports.js';

/** So slow that nothing comes back during a test. */
const slow = { ratePerSecond: 0.001 };

/** Of jobs, on a gateway that is up by the time the tests run. */
export function describeLimitsOfJobs(gateway: () => LocalGateway): void {
  describe('and jobs', () => {
    const keyOf = (limits: TenantLimits) => limitedKey(gateway().database, limits);
    const as = (key: string) => asTenant(gateway(), key);
    const submitted = z.object({ id: z.string() });
    const job = (count: number, text: string) => ({
      task: 'embed',
      inputs: Array.from({ length: count }, () => ({ text })),
    });
    const submit = async (key: string, body: object) =>
      submitted.parse((await as(key).post('/v1/jobs', body).expect(202)).body).id;
    const remaining = async (key: string) =>
      Number(/"quota.embed";r=(\d+)/.exec((await as(key).get('/v1/models')).headers['ratelimit'] ?? '')?.[1]);
    const ended = async (key: string, id: string) => {
      for (;;) {
        const view = jobView.loose().parse((await as(key).get(`/v1/jobs/${id}`)).body);
        if (view.status !== 'queued' && view.status !== 'running') return view.status;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    it('hold their quota when they are submitted, and are settled as they are answered', async () => {
      const key = await keyOf({ ...slow, burst: 1, monthlyUnits: { embed: usedBefore + 1_000 } });
      const held = ImmediateQueue.holdWord.padEnd(10, '.');
      const arrived = gateway().queue.arrived(gateway().queue.submitted.length + 1);
      const id = await submit(key, job(90, held));
      expect(await remaining(key)).toBe(100);
      const refused = await as(key).post('/v1/jobs', job(11, '0123456789')).expect(402);
      expect(refused.body).toMatchObject({ code: 'quota.exceeded', limit: { name: 'quota.embed' } });
      await arrived;
      const releasing = setInterval(() => gateway().queue.release(), 10);
      expect(await ended(key, id)).toBe('succeeded');
      clearInterval(releasing);
      // The last settlement is behind the job's end by a moment.
      while ((await remaining(key)) !== 1_000 - 90 * billedUnits)
        await new Promise((resolve) => setTimeout(resolve, 20));
    });

    it('do not burn the rate of interactive requests', async () => {
      const key = await keyOf({ ...slow, burst: 1 });
      await submit(key, job(50, 'a'));
      await as(key).post('/v1/embed', { text: 'a' }).expect(200);
    });

    it('give back what they hold when they are cancelled', async () => {
      const key = await keyOf({ monthlyUnits: { embed: usedBefore + 1_000 } });
      const id = await submit(key, job(50, ImmediateQueue.holdWord.padEnd(10, '.')));
      expect(await remaining(key)).toBe(500);
      await as(key).delete(`/v1/jobs/${id}`).expect(200);
      expect(await remaining(key)).toBe(1_000);
      gateway().queue.release();
    });

    it('leave nothing behind when they are refused', async () => {
      const key = await keyOf({ monthlyUnits: { embed: usedBefore + 5 } });
      await as(key).post('/v1/jobs', job(2, 'abc')).expect(402);
      expect((await as(key).get('/v1/jobs')).body).toMatchObject({ jobs: [] });
      expect(await remaining(key)).toBe(5);
    });
  });
}
