import { newKeyView, tenantView } from '#contracts';
import type { ServerProcess } from '#testing';

/** The key of a new tenant of a running server: what it uses is of one test alone. */
export async function newTenantKey({ url, adminKey }: ServerProcess, name: string): Promise<string> {
  const create = async (what: string, body: object): Promise<unknown> => {
    const reply = await fetch(`${url}/v1/admin/${what}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${what}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  };
  const { id: tenantId } = tenantView.parse(await create('tenants', { name }));
  return newKeyView.parse(await create('keys', { tenantId })).text;
}
