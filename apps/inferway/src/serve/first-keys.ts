import { keyRequest, tenantRequest } from '#contracts';
import { systemOperator, type Administration } from '#core';

/** The tenant that every new installation has, with a key for its requests and one to administer with. */
export async function createFirstKeys({
  tenants,
  keys,
}: Administration): Promise<{ tenantId: string; apiKey: string; adminKey: string }> {
  const { id: tenantId } = await tenants.create(systemOperator, tenantRequest.parse({ name: 'default' }));
  const create = (name: string, role: 'tenant' | 'admin') =>
    keys.create(systemOperator, keyRequest.parse({ tenantId, name, role }));
  const { text: apiKey } = await create('first key', 'tenant');
  const { text: adminKey } = await create('first admin key', 'admin');
  return { tenantId, apiKey, adminKey };
}
