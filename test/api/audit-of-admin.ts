import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { newKeyView } from '#contracts';
import { endpoints } from '#transport';
import { adminClient, verbOf } from './admin-client.js';
import type { LocalGateway } from './local-gateway.js';

const ids = z.object({ id: z.string() });

/** The log of what operators did, on a gateway that is up by the time the tests run. */
export function describeAudit(gateway: () => LocalGateway): void {
  const { as, admin, read, newTenant, newKey, lastAudit } = adminClient(gateway);
  describe('and its log', () => {
    it('writes down who did what, from where, and no secret', async () => {
      const tenant = await newTenant({ name: 'Logged' });
      const made = await lastAudit();
      expect(made).toMatchObject({
        actor: `key:${gateway().adminKey.split('_')[2] ?? ''}`,
        action: 'tenant.create',
        target: tenant.id,
        address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
        requestId: expect.stringMatching(/^req_/),
        details: { name: 'Logged', planId: 'standard' },
      });
      const key = await newKey({ tenantId: tenant.id });
      const rotated = newKeyView.parse(await read(admin('post', `keys/${key.id}/rotate`), 201));
      const plan = await read(admin('post', 'plans').send({ id: 'logged' }), 201);
      expect(plan).toMatchObject({ id: 'logged', weight: 1 });
      const before = (await lastAudit())?.id;
      await read(admin('post', 'plans').send({ id: 'logged' }), 409);
      expect((await lastAudit())?.id).toBe(before);
      const list = JSON.stringify(await read(admin('get', 'audit?limit=1000'), 200));
      for (const { text } of [key, rotated]) expect(list).not.toContain(text.split('_')[3]);
      expect(list).toContain('key.rotate');
      expect(await gateway().administration.audit.verify()).not.toHaveProperty('fault');
    });

    it('adds one row to the log for each act of an operator, named after it', async () => {
      const { id: tenantId } = await newTenant();
      let made = 0;
      const subjects: Record<string, () => Promise<{ id: string }>> = {
        tenant: newTenant,
        key: () => newKey({ tenantId }),
        plan: async () => ids.parse(await read(admin('post', 'plans').send({ id: `walked-${++made}` }), 201)),
      };
      const bodies: Record<string, object> = {
        createTenant: { name: 'Walked' },
        changeTenant: { name: 'Walked' },
        createKey: { tenantId },
        createPlan: { id: 'walked' },
        changePlan: { weight: 2 },
        setPrice: { task: 'answer', priceMicros: 1 },
      };
      const acts = endpoints.filter(({ scope }) => scope === 'admin:write');
      expect(acts.length).toBeGreaterThanOrEqual(12);
      for (const { operationId, method, path, status = 200 } of acts) {
        const [, act = '', noun = ''] = /^([a-z]+)([A-Z][a-z]+)$/.exec(operationId) ?? [];
        const subject = path.includes(':id') ? await subjects[noun.toLowerCase()]?.() : undefined;
        if (operationId === 'deleteTenant') await read(admin('post', `tenants/${subject?.id}/suspend`), 200);
        const before = await lastAudit();
        const asked = as(gateway().adminKey, verbOf(method), path.replace(':id', subject?.id ?? ''));
        const reply = await read(asked.send(bodies[operationId]), status);
        expect(await lastAudit()).toMatchObject({
          id: (before?.id ?? 0) + 1,
          action: `${noun.toLowerCase()}.${act}`,
          target: subject?.id ?? ids.parse(reply).id,
        });
      }
    });
  });
}
