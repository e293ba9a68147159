import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import request from 'supertest';
import { z } from 'zod';
import { deliveryList, webhookSecretView } from '#contracts';
import { authorization } from './api-target.js';
import { startLocalGateway } from './local-gateway.js';

const submitted = z.object({ id: z.string() });
const event = z.object({ type: z.string(), data: z.object({ id: z.string(), status: z.string() }) });

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

describe('webhooks', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  let status = 204;
  let received: Received[] = [];
  let onReceived: (() => void) | undefined;
  const receiver = createServer((asked, response) => {
    void text(asked).then((body) => {
      received.push({ headers: asked.headers, body });
      response.writeHead(status).end();
      onReceived?.();
    });
  });
  let hook = '';

  beforeAll(async () => {
    gateway = await startLocalGateway();
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    hook = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`;
  }, 30_000);
  afterAll(async () => {
    await gateway.stop();
    receiver.closeAllConnections();
    receiver.close();
  });
  beforeEach(() => {
    received = [];
    status = 204;
  });

  const ask = (verb: 'get' | 'post' | 'delete', path: string) => {
    const client = request(gateway.target.url);
    return client[verb](path).set(authorization(gateway.target, 'good'));
  };
  const read = async (asked: request.Test, expected = 200): Promise<unknown> => {
    const reply = await asked.expect(expected);
    return reply.body;
  };
  const submit = async (webhook: string) => {
    const body = { task: 'embed', inputs: [{ text: 'a' }], webhook };
    return submitted.parse(await read(ask('post', '/v1/jobs').send(body), 202)).id;
  };
  const arrival = async (count: number): Promise<Received> => {
    while (received.length < count) await new Promise<void>((resolve) => (onReceived = resolve));
    const last = received[count - 1];
    if (last === undefined) throw new Error('nothing arrived');
    return last;
  };
  const secret = async () => webhookSecretView.parse(await read(ask('get', '/v1/webhooks/secret'))).secret;
  const verify = ({ headers, body }: Received, key: string) =>
    new Webhook(key).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
  const deliveryOf = async (jobId: string, state: string) => {
    for (;;) {
      const { deliveries } = deliveryList.parse(await read(ask('get', '/v1/webhooks/deliveries?limit=1000')));
      const found = deliveries.find((delivery) => delivery.jobId === jobId);
      if (found?.state === state) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('tells the receiver that a job has ended, signed as Standard Webhooks libraries verify it', async () => {
    const id = await submit(hook);
    const message = await arrival(1);
    const body = event.parse(verify(message, await secret()));
    expect(body).toMatchObject({ type: 'job.succeeded', data: { id, status: 'succeeded' } });
    expect(message.headers['content-type']).toBe('application/json');
    const delivery = await deliveryOf(id, 'delivered');
    expect(delivery).toMatchObject({
      id: message.headers['webhook-id'],
      attempts: 1,
      lastStatus: 204,
      url: hook,
    });
  }, 20_000);

  it('signs with both secrets after a rotation', async () => {
    const old = await secret();
    const rotated = webhookSecretView.parse(await read(ask('post', '/v1/webhooks/secret/rotate')));
    expect(rotated.secret).not.toBe(old);
    expect(rotated.previousValidUntil).toBeDefined();
    await submit(hook);
    const message = await arrival(1);
    for (const key of [old, rotated.secret]) expect(() => verify(message, key)).not.toThrow();
  }, 20_000);

  it('keeps a refused message pending, with what went wrong and when it is tried again', async () => {
    status = 500;
    const id = await submit(hook);
    await arrival(1);
    const delivery = await deliveryOf(id, 'pending');
    expect(delivery).toMatchObject({ attempts: 1, lastStatus: 500, lastError: 'The receiver answered 500' });
    expect(Date.parse(delivery.nextAttemptAt ?? '')).toBeGreaterThan(Date.now() + 3_000);
  }, 20_000);

  it('gives up on a receiver that is gone, and sends the same message again when asked to', async () => {
    status = 410;
    const id = await submit(hook);
    const first = await arrival(1);
    const dead = await deliveryOf(id, 'dead');
    status = 204;
    await read(ask('post', `/v1/webhooks/deliveries/${dead.id}/replay`), 202);
    const second = await arrival(2);
    expect(second.body).toBe(first.body);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(verify(second, await secret())).toBeDefined();
    await deliveryOf(id, 'delivered');
  }, 20_000);

  it("knows no other tenant's delivery", async () => {
    const id = await submit(hook);
    const { id: delivery } = await deliveryOf(id, 'delivered');
    const theirs = { authorization: `Bearer ${gateway.otherKey}` };
    const client = request(gateway.target.url);
    await client.post(`/v1/webhooks/deliveries/${delivery}/replay`).set(theirs).expect(404);
    const list = await client.get('/v1/webhooks/deliveries').set(theirs).expect(200);
    expect(list.body).toMatchObject({ deliveries: [] });
    const own = webhookSecretView.parse(await read(client.get('/v1/webhooks/secret').set(theirs)));
    expect(own.secret).not.toBe(await secret());
  }, 20_000);

  it.each(['http://example.com/', 'https://10.0.0.1/', 'https://[::1]/', 'hook', 'https://a:b@example.com/'])(
    'refuses %s when the job is submitted',
    async (webhook) => {
      const body = { task: 'embed', inputs: [{ text: 'a' }], webhook };
      const reply = await ask('post', '/v1/jobs').send(body).expect(422);
      expect(reply.body).toMatchObject({ code: 'request.invalid', issues: [{ path: 'webhook' }] });
    },
  );
});
