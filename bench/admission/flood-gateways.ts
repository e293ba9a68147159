import { ClusterProcess } from '#testing';
import { createTenant, type Tenant } from '../http/create-tenant.js';
import { ask, keepAlive } from '../http/post.js';

export interface Flood {
  gateways: number;
  seconds: number;
  /** Items a second, and at once. */
  rate: { perSecond: number; burst: number };
}

/** Requests under way at any moment: more than refusals let through, so that the limit is what bounds them. */
const clients = 32;
const limited = 429;
/** Of a tenant without limits: what a full bucket gets while cold gateways answer nobody is lost, which is no fault of the limit. */
const warmUpS = 3;

/**
 * One tenant asks the gateways of a cluster in turn, over HTTP, for one embedding after another, as fast as they answer or
 * refuse.
 * @throws Error on any answer that is neither 200 nor 429
 */
export async function floodGateways({
  gateways,
  seconds,
  rate,
}: Flood): Promise<{ accepted: number; asked: number; seconds: number }> {
  const cluster = await ClusterProcess.start({ gateways, workers: 1 }, { WORKER_MODELS: 'minilm-*' });
  const agent = keepAlive(clients);
  try {
    const installation = { home: cluster.home, urls: cluster.description.urls };
    const body = Buffer.from(JSON.stringify({ text: 'One.' }));
    const press = async (caller: Tenant, forS: number) => {
      let [accepted, asked] = [0, 0];
      const began = performance.now();
      const client = async () => {
        while (performance.now() < began + forS * 1_000) {
          asked++;
          const { status, text } = await ask(agent, caller, '/v1/embed', body);
          if (status === 200) accepted++;
          else if (status !== limited) throw new Error(`a gateway answered ${status}: ${text.slice(0, 200)}`);
        }
      };
      await Promise.all(Array.from({ length: clients }, client));
      return { accepted, asked, seconds: (performance.now() - began) / 1_000 };
    };
    await press(await createTenant(installation, 'warm-up'), warmUpS);
    return await press(await createTenant(installation, 'flood', { rate }), seconds);
  } finally {
    agent.destroy();
    await cluster.stop();
  }
}
