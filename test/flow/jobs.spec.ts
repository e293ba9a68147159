import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { Webhook } from 'standardwebhooks';
import WebSocket from 'ws';
import { z } from 'zod';
import { jobResults, webhookSecretView } from '#contracts';
import { ServerProcess } from '#testing';

const submitted = z.object({ id: z.string() });
interface Sent {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

const sentences = [
  'The weather is lovely today.',
  'Where is the station?',
  'Our shop opens at nine.',
  'I would like a coffee, please.',
];

describe('jobs on the one-process server with its real models', () => {
  let server: ServerProcess;
  const receiver = createServer();
  let hook = '';
  beforeAll(async () => {
    server = await ServerProcess.start({ WEBHOOK_TRUSTED_HOSTS: '127.0.0.1' });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    hook = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
  }, 60_000);
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await server.stop();
  });

  const ask = async (path: string, init: Sent = {}) => {
    const headers = { authorization: `Bearer ${server.apiKey}`, ...init.headers };
    const reply = await fetch(server.url + path, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const body = await reply.text();
    if (!reply.ok) throw new Error(`${reply.status}: ${body}`);
    return JSON.parse(body) as unknown;
  };
  const json = { 'content-type': 'application/json' };

  it('translates an upload as the endpoint itself does, tells a subscriber and a signed webhook', async () => {
    const told = new Promise<{ headers: Record<string, string>; body: string }>((resolve) => {
      receiver.once('request', (asked, response) => {
        void text(asked).then((body) => {
          response.writeHead(204).end();
          const headers = Object.entries(asked.headers).map(([name, value]) => [name, String(value)]);
          resolve({ headers: z.record(z.string(), z.string()).parse(Object.fromEntries(headers)), body });
        });
      });
    });
    const inputs = Array.from({ length: 40 }, (_, i) => ({
      text: sentences[i % sentences.length] ?? '',
      source: 'en',
      target: 'pt',
    }));
    const query = `task=translate&webhook=${encodeURIComponent(hook)}`;
    const { id } = submitted.parse(
      await ask(`/v1/jobs?${query}`, {
        method: 'POST',
        body: inputs.map((input) => JSON.stringify(input)).join('\n'),
        headers: { 'content-type': 'application/x-ndjson' },
      }),
    );

    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${server.apiKey}` },
    });
    const document = 'subscription ($id: String!) { jobUpdated(id: $id) { status progress { succeeded } } }';
    const updates: unknown[] = [];
    for await (const { data } of client.iterate({ query: document, variables: { id } })) updates.push(data);
    await client.dispose();
    expect(updates.at(-1)).toEqual({ jobUpdated: { status: 'succeeded', progress: { succeeded: 40 } } });

    const { results } = jobResults.parse(await ask(`/v1/jobs/${id}/results`));
    const direct = await Promise.all(
      inputs
        .slice(0, 4)
        .map((input) => ask('/v1/translate', { method: 'POST', body: JSON.stringify(input), headers: json })),
    );
    for (const [i, { output, model }] of results.entries())
      expect({ ...output, model }).toMatchObject(
        z.object({ translations: z.unknown(), model: z.string() }).parse(direct[i % 4]),
      );

    const { headers, body } = await told;
    const { secret } = webhookSecretView.parse(await ask('/v1/webhooks/secret'));
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'job.succeeded', data: { id } });
  }, 60_000);

  it('stops in good order with a job half done, and goes on when it starts again', async () => {
    const inputs = Array.from({ length: 1_000 }, (_, i) => ({ text: `Sentence number ${i}.` }));
    const body = JSON.stringify({ task: 'embed', inputs });
    const { id } = submitted.parse(await ask('/v1/jobs', { method: 'POST', body, headers: json }));
    const count = z.object({ status: z.string(), progress: z.object({ succeeded: z.number() }) });
    const now = async () => count.parse(await ask(`/v1/jobs/${id}`));
    while ((await now()).progress.succeeded === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.end('SIGTERM');
    server = await ServerProcess.start({}, server.home);
    while ((await now()).status !== 'succeeded') await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await now()).progress.succeeded).toBe(1_000);
  }, 120_000);
});
