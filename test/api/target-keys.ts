import { z } from 'zod';
import type { MadeKeyKind } from './cases/index.js';

const made = z.object({ id: z.string(), text: z.string().default('') });

/** A key for every way in which a known key can be refused, made as an operator makes them: over the admin API. */
export async function makeTargetKeys(url: string, adminKey: string): Promise<Record<MadeKeyKind, string>> {
  const ask = async (method: string, path: string, body?: object) => {
    const authorization = `Bearer ${adminKey}`;
    const sent =
      body === undefined
        ? { headers: { authorization } }
        : {
            headers: { authorization, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          };
    const reply = await fetch(`${url}/v1/admin/${path}`, { method, ...sent });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return made.parse(await reply.json());
  };
  const newTenant = () => ask('POST', 'tenants', { name: 'cases' });
  const tenant = await newTenant();
  const newKey = (rules: object = {}, tenantId = tenant.id) => ask('POST', 'keys', { tenantId, ...rules });

  const revoked = await newKey();
  await ask('DELETE', `keys/${revoked.id}`);
  const expired = await newKey();
  await ask('POST', `keys/${expired.id}/rotate`, { overlapS: 0 });
  const gone = await newTenant();
  const suspended = await newKey({}, gone.id);
  await ask('POST', `tenants/${gone.id}/suspend`);
  return {
    revoked: revoked.text,
    expired: expired.text,
    suspended: suspended.text,
    elsewhere: (await newKey({ allowedNetworks: ['192.0.2.0/24', '2001:db8::/32'] })).text,
    pageOnly: (await newKey({ allowedOrigins: ['https://shop.example'] })).text,
    unscoped: (await newKey({ scopes: ['webhooks:read'] })).text,
  };
}
