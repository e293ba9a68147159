import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { adminClient, translation } from './admin-client.js';
import type { LocalGateway } from './local-gateway.js';

/** The headers that the committed API reference names in any reply. */
function documentedReplyHeaders(): Set<string> {
  const reply = z.object({ headers: z.record(z.string(), z.unknown()) });
  const operation = z.object({ responses: z.record(z.string(), reply) });
  const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });
  const { paths } = document.parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  const replies = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) => Object.values(responses)),
  );
  return new Set(replies.flatMap(({ headers }) => Object.keys(headers)));
}

/** What a plan lets pages of other origins do, on a gateway that is up by the time the tests run. */
export function describePages(gateway: () => LocalGateway): void {
  const { as, admin, read, newTenant, newKey, untilFresh } = adminClient(gateway);
  describe('and pages in a browser', () => {
    it('changes a plan for its tenants, and lets pages of its origins read replies', async () => {
      await read(admin('post', 'plans').send({ id: 'web', corsOrigins: ['https://shop.example'] }), 201);
      const tenant = await newTenant({ planId: 'web' });
      const { text } = await newKey({ tenantId: tenant.id });
      const asked = (origin: string, key = text) =>
        as(key, 'post', '/v1/translate').set('origin', origin).send(translation).expect(200);
      const shop = await asked('https://shop.example');
      expect(shop.headers).toMatchObject({
        'access-control-allow-origin': 'https://shop.example',
        vary: expect.stringContaining('Origin'),
      });
      const exposed = shop.headers['access-control-expose-headers']?.split(', ') ?? [];
      expect(exposed).toEqual(expect.arrayContaining([...documentedReplyHeaders()]));
      expect(shop.headers).not.toHaveProperty('access-control-allow-credentials');
      expect((await asked('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
      const standard = await asked('https://shop.example', gateway().key);
      expect(standard.headers).not.toHaveProperty('access-control-allow-origin');
      await read(admin('patch', 'plans/web').send({ corsOrigins: ['*'] }), 200);
      await untilFresh();
      const open = await asked('https://evil.example');
      expect(open.headers['access-control-allow-origin']).toBe('https://evil.example');
      expect(await read(admin('delete', 'plans/web'), 409)).toMatchObject({ code: 'resource.conflict' });
      await read(admin('patch', `tenants/${tenant.id}`).send({ planId: 'standard' }), 200);
      await read(admin('delete', 'plans/web'), 200);
    });

    it('answers the preflight of a browser, which has no key, and no other OPTIONS', async () => {
      const preflight = request(gateway().target.url)
        .options('/v1/jobs/job_1')
        .set({ origin: 'https://shop.example', 'access-control-request-method': 'DELETE' });
      const { headers } = await preflight.expect(204);
      expect(headers['access-control-allow-methods']).toBe('GET, HEAD, DELETE');
      expect(headers['access-control-allow-headers']).toContain('Authorization');
      const nowhere = request(gateway().target.url)
        .options('/v1/nothing')
        .set({ origin: 'https://shop.example', 'access-control-request-method': 'GET' });
      await nowhere.expect(404);
      await request(gateway().target.url).options('/v1/jobs').expect(405);
    });
  });
}
